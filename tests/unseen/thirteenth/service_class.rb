# Bug: the number of idle workers only grows: it is not lowered when one takes a client, so no
#     second worker is started, and a client waits until the one before has gone.
# Cause: one-at-a-time, connection-limit
# Also: blocked-by-idle-client
# Profile: concurrent
# Port: $PORT
require 'socket'

class Service
  MOST = 400

  def initialize(port)
    @server = TCPServer.new('127.0.0.1', port)
    @server.listen(1024)
    @queue = SizedQueue.new(64)
    @lock = Mutex.new
    @workers = 0
    @idle = 0
  end

  def start
    loop do
      client = @server.accept
      hire
      @queue << client
    rescue Errno::EMFILE, Errno::ENFILE, Errno::ECONNABORTED => e
      error(e)
      sleep 0.1
    end
  end

  def serve(client)
    raise NotImplementedError
  end

  def error(problem)
    warn "[#{Time.now}] #{self.class}: #{problem.message}"
  end

  private

  def hire
    @lock.synchronize do
      return if @idle > @queue.size || @workers >= MOST

      Thread.new { work }
      @workers += 1
    end
  rescue ThreadError => e
    error(e) # those who are there will come to it
  end

  def work
    loop do
      @lock.synchronize { @idle += 1 }
      client = @queue.pop
      begin
        serve(client)
      rescue SystemCallError, IOError => e
        error(e)
      ensure
        client.close
      end
    end
  end
end

class Echo < Service
  def serve(client)
    data = String.new
    client.write(data) while client.readpartial(5_000, data)
  rescue EOFError
    client.close_write
  end
end

Echo.new(Integer(ENV.fetch('PORT'))).start
