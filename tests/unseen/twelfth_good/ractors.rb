# Style: three Ractors get the numbers of the descriptors in turn and make sockets of them again,
#     with a thread for each; the one that accepted keeps its hands off (autoclose).
# Profile: concurrent
# Port: $PORT
require 'socket'

Warning[:experimental] = false
workers = Array.new(3) do
  Ractor.new do
    loop do
      client = TCPSocket.for_fd(Ractor.receive)
      Thread.new(client) do |peer|
        loop { peer.write(peer.readpartial(20_000)) }
      rescue EOFError, SystemCallError
        nil
      ensure
        peer.close
      end
    end
  end
end

server = TCPServer.new('127.0.0.1', Integer(ENV.fetch('PORT')))
workers.cycle do |worker|
  client = server.accept
  client.autoclose = false
  worker.send(client.fileno)
rescue Errno::EMFILE, Errno::ENFILE, Errno::ECONNABORTED
  sleep 0.1
  retry
end
