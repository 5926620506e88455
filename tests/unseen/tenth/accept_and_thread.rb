# Bug: recv() returns an empty string at the end, and not nil, and an empty string is true in Ruby: the
#     loop goes round for ever, and the connection is not closed.
# Cause: missing-break, spins-at-end, never-closes
# Profile: concurrent
# Port: $PORT
require 'socket'

PORT = Integer(ENV.fetch('PORT', '2000'))
BLOCK = 4096

def serve(client)
  while (data = client.recv(BLOCK))
    client.write(data)
  end
rescue SystemCallError, IOError
  # the client broke off
ensure
  client.close
end

server = TCPServer.new('127.0.0.1', PORT)
server.listen(512)

Signal.trap('INT') { exit }

loop do
  begin
    client = server.accept
  rescue SystemCallError
    sleep 0.05
    next
  end
  Thread.new(client) { |socket| serve(socket) }
end
