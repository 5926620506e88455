# Style: a thread for each client; read_nonblock and write_nonblock are tried again (retry) when
#     the socket is ready, and what a short write left is cut out of the string.
# Profile: concurrent
# Port: $PORT
require 'socket'

def answer(client)
  data = String.new(capacity: 16_384)
  loop do
    begin
      client.read_nonblock(16_384, data)
    rescue IO::WaitReadable
      client.wait_readable
      retry
    end
    until data.empty?
      begin
        data = data.byteslice(client.write_nonblock(data)..)
      rescue IO::WaitWritable
        client.wait_writable
        retry
      end
    end
  end
rescue EOFError, SystemCallError
  nil # it has ended, or is gone
ensure
  client.close
end

server = TCPServer.new('127.0.0.1', Integer(ENV.fetch('PORT')))
loop do
  client = server.accept
  begin
    Thread.new { answer(client) }
  rescue ThreadError
    client.close
  end
rescue Errno::EMFILE, Errno::ENFILE, Errno::ECONNABORTED
  sleep 0.1
end
