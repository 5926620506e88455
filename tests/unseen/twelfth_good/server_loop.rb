# Style: the doors of Socket.tcp_server_sockets for every family, Socket.accept_loop, and a thread
#     for each client, with recv and send with an offset.
# Profile: concurrent
# Port: $PORT
require 'socket'

Thread.report_on_exception = false
doors = Socket.tcp_server_sockets('localhost', Integer(ENV.fetch('PORT')))
begin
  Socket.accept_loop(doors) do |client, _address|
    Thread.new do
      while (data = client.recv(30_000)) && !data.empty?
        done = 0
        done += client.send(data.byteslice(done, 4_096), 0) while done < data.bytesize
      end
    rescue SystemCallError
      nil
    ensure
      client.close
    end
  end
rescue Errno::EMFILE, Errno::ENFILE, Errno::ECONNABORTED
  sleep 0.05
  retry
end
