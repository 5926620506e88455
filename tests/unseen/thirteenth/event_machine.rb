# Bug: write() blocks until the client has taken all, and it is called in the one loop that serves
#     everybody: a client that does not read stops the server for all others
# Cause: blocked-by-stalled-reader
# Also: deadlock-both-ways
# Profile: concurrent
# Port: $PORT
require "socket"

module Echo
  # Calls back for whatever is readable.
  class Loop
    def initialize
      @handlers = {}
    end

    def watch(io, &block)
      @handlers[io] = block
    end

    def forget(io)
      @handlers.delete(io)
      io.close
    end

    def run
      loop do
        ready, = IO.select(@handlers.keys)
        ready.each { |io| @handlers[io]&.call }
      end
    end
  end

  class Server
    BYTES = 16_384

    def initialize(loop, port)
      @loop = loop
      @listener = TCPServer.new("127.0.0.1", port)
      @listener.listen(256)
      @loop.watch(@listener) { greet }
    end

    def greet
      client = @listener.accept_nonblock
      @loop.watch(client) { answer(client) }
    rescue IO::WaitReadable
      nil
    rescue SystemCallError
      sleep 0.02
    end

    def answer(client)
      client.write(client.read_nonblock(BYTES))
    rescue IO::WaitReadable
      nil
    rescue EOFError, SystemCallError
      @loop.forget(client)
    end
  end
end

events = Echo::Loop.new
Echo::Server.new(events, Integer(ENV.fetch("PORT")))
begin
  events.run
rescue Interrupt
  exit
end
