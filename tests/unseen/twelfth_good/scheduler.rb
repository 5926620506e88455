# Style: Fiber.schedule with a small scheduler of its own: the code of a client looks as if it
#     blocked, and each wait gives way to the others. A wait has a fiber and a direction.
# Profile: concurrent
# Port: $PORT
require 'socket'

class Scheduler
  def initialize
    @reads = {}
    @writes = {}
    @sleeps = {}
    @blocked = {}
    @ready = []
    @lock = Mutex.new
    @wake_in, @wake_out = IO.pipe
  end

  def io_wait(io, events, _timeout)
    fiber = Fiber.current
    @reads[io] = fiber if events.anybits?(IO::READABLE)
    @writes[io] = fiber if events.anybits?(IO::WRITABLE)
    Fiber.yield
  ensure
    @reads.delete(io)
    @writes.delete(io)
  end

  def kernel_sleep(seconds = nil)
    block(:sleep, seconds)
  end

  def block(_blocker, timeout = nil)
    fiber = Fiber.current
    @sleeps[fiber] = now + timeout if timeout
    @blocked[fiber] = true
    Fiber.yield
  ensure
    @sleeps.delete(fiber)
    @blocked.delete(fiber)
  end

  def unblock(_blocker, fiber)
    @lock.synchronize { @ready << fiber }
    @wake_out.write_nonblock('.', exception: false)
  end

  def fiber(&block)
    Fiber.new(blocking: false, &block).tap(&:resume)
  end

  def close
    run
  end

  private

  def run
    until @reads.empty? && @writes.empty? && @blocked.empty?
      readable, writable = IO.select([@wake_in, *@reads.keys], @writes.keys, nil, pause)
      @wake_in.read_nonblock(999, exception: false) if readable&.delete(@wake_in)
      readable&.each { |io| @reads[io]&.resume(IO::READABLE) }
      writable&.each { |io| @writes[io]&.resume(IO::WRITABLE) }
      due = @sleeps.select { |_, at| at <= now }.keys
      due += @lock.synchronize { @ready.slice!(0..) }
      due.each { |fiber| fiber.resume if fiber.alive? && @blocked[fiber] }
    end
  end

  def pause
    first = @sleeps.values.min
    first && [first - now, 0].max
  end

  def now
    Process.clock_gettime(Process::CLOCK_MONOTONIC)
  end
end

def serve(client)
  while (data = client.readpartial(10_000))
    client.write(data)
  end
rescue EOFError, SystemCallError
  nil
ensure
  client.close
end

Thread.new do
  Fiber.set_scheduler(Scheduler.new)
  Fiber.schedule do
    server = TCPServer.new('127.0.0.1', Integer(ENV.fetch('PORT')))
    loop do
      client = server.accept_nonblock
      Fiber.schedule { serve(client) }
    rescue IO::WaitReadable
      server.wait_readable
    rescue Errno::EMFILE, Errno::ENFILE, Errno::ECONNABORTED
      sleep 0.1
    end
  end
end.join
