# Style: one-shot: one client, whose pieces go back with <<; the listener is closed as soon as it
#     is there, and the status is 0 also where the client has vanished.
# Profile: one-shot
# Port: $PORT
require 'socket'

client = TCPServer.open('127.0.0.1', Integer(ENV.fetch('PORT'))) { |server| server.accept }
begin
  while (data = client.readpartial(1_024))
    client << data
  end
rescue EOFError, Errno::ECONNRESET, Errno::EPIPE
  nil
ensure
  client.close
end
