# Style: a process for each client, which is waited for by a thread (Process.detach); readpartial
#     and write, which blocks until all is out.
# Profile: concurrent
# Port: 29501
require 'socket'

server = TCPServer.new('127.0.0.1', 29501)
loop do
  client = server.accept
  begin
    child = fork do
      server.close
      begin
        loop { client.write(client.readpartial(8_192)) }
      rescue EOFError, SystemCallError
        nil
      end
      client.close
      exit!(0)
    end
    Process.detach(child)
  rescue Errno::EAGAIN, Errno::ENOMEM, ThreadError => e
    warn "no process for a client: #{e.message}"
  ensure
    client.close
  end
rescue Errno::EMFILE, Errno::ENFILE, Errno::ECONNABORTED
  sleep 0.1
end
