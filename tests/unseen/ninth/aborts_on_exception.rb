# Bug: Thread.abort_on_exception is left on and a handler rescues only the end of the data, so the
#   error of one client (a reset) ends the whole server.
# Cause: client-error-ends-server, crash-on-reset
# Profile: concurrent
# Port: $PORT

require 'socket'

Thread.abort_on_exception = true
Thread.report_on_exception = false

# Echoes whatever its clients send.
class EchoService
  CHUNK = 16 * 1024

  def initialize(host, port)
    @listener = Socket.new(:INET, :STREAM)
    @listener.setsockopt(:SOCKET, :REUSEADDR, true)
    @listener.bind(Addrinfo.tcp(host, port))
    @listener.listen(512)
  end

  def run
    loop do
      Thread.new(accept) { |client| serve(client) }
    end
  end

  private

  def accept
    client, = @listener.accept
    client.sync = true
    client
  rescue Errno::EMFILE, Errno::ECONNABORTED
    sleep 0.05
    retry
  end

  def serve(client)
    buffer = String.new(capacity: CHUNK, encoding: Encoding::BINARY)
    loop do
      client.readpartial(CHUNK, buffer)
      client.write(buffer)
    end
  rescue EOFError
    nil
  ensure
    client.close
  end
end

begin
  EchoService.new('127.0.0.1', Integer(ENV.fetch('PORT'))).run
rescue Interrupt
  exit
end
