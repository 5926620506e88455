# Bug: `client` belongs to the while loop and not to the block, so all threads share it, and each one
#     goes on with the client that came last
# Cause: shared-loop-variable, shared-buffer
# Also: answers-wrong-client
# Profile: concurrent
# Port: $PORT
require "socket"

CHUNK = 16 * 1024

def wait_for_client(server)
  server.accept
rescue Errno::ECONNABORTED, Errno::EINTR
  retry
rescue Errno::EMFILE, Errno::ENFILE
  sleep 0.05
  retry
end

$stdout.sync = true
server = TCPServer.new("127.0.0.1", ENV.fetch("PORT").to_i)
server.listen(1024)
puts "Echo server is ready"

trap("TERM") { exit! }

while (client = wait_for_client(server))
  Thread.new do
    begin
      loop do
        data = client.readpartial(CHUNK)
        client.write(data)
      end
    rescue IOError, SystemCallError
      # EOFError is an IOError: the client has finished
    ensure
      client.close
    end
  end
end
