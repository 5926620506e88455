# Bug: when there is no room to write, "retry" runs the whole method again, and with it all of the
#     data is sent again from its start.
# Cause: send-retried-from-start
# Profile: concurrent
# Port: $PORT

require 'io/wait'
require 'socket'

# A robust TCP echo server: one thread per client, non-blocking I/O,
# graceful handling of disconnects.
class EchoServer
  CHUNK_SIZE = 16 * 1024
  BACKLOG = 1024

  def initialize(host, port)
    @server = TCPServer.new(host, port)
    @server.listen(BACKLOG)
    @running = true
  end

  def run
    trap('TERM') { exit!(0) }
    trap('INT') { exit!(0) }
    while @running
      client = accept_client
      next unless client

      Thread.new(client) do |socket|
        Thread.current.report_on_exception = false
        handle(socket)
      end
    end
  end

  private

  def accept_client
    @server.accept
  rescue Errno::ECONNABORTED
    nil
  rescue Errno::EMFILE, Errno::ENFILE
    sleep 0.05
    nil
  end

  def handle(socket)
    socket.setsockopt(Socket::IPPROTO_TCP, Socket::TCP_NODELAY, 1)
    loop do
      data = read_chunk(socket)
      break if data.nil?

      write_all(socket, data)
    end
  rescue SystemCallError, IOError
    # The client disconnected unexpectedly.
  ensure
    socket.close
  end

  # Returns nil at the end of the stream.
  def read_chunk(socket)
    socket.read_nonblock(CHUNK_SIZE)
  rescue IO::WaitReadable
    socket.wait_readable
    retry
  rescue EOFError
    nil
  end

  def write_all(socket, data)
    written = 0
    while written < data.bytesize
      written += socket.write_nonblock(data.byteslice(written, data.bytesize - written))
    end
  rescue IO::WaitWritable
    socket.wait_writable
    retry
  end
end

EchoServer.new('127.0.0.1', Integer(ENV.fetch('PORT'))).run if $PROGRAM_NAME == __FILE__
