# Bug: IO#read(1024) waits until all 1,024 bytes are there or the client ends, so a short message is
#     not answered.
# Cause: waits-for-full-buffer
# Profile: concurrent
# Port: $PORT
require 'socket'

class EchoService
  CHUNK = 1024

  def initialize(host, port)
    @server = TCPServer.new(host, port)
    @server.listen(256)
  end

  def run
    loop do
      client = accept
      Thread.new(client) { |c| serve(c) }
    end
  end

  private

  def accept
    @server.accept
  rescue Errno::EMFILE, Errno::ENFILE, Errno::ECONNABORTED
    sleep 0.1
    retry
  end

  def serve(client)
    while (data = client.read(CHUNK))
      client.write(data)
    end
  rescue SystemCallError, IOError
    # the client is gone
  ensure
    client.close
  end
end

begin
  EchoService.new('127.0.0.1', Integer(ENV.fetch('PORT', '2000'))).run
rescue Interrupt
  exit
end
