# Style: IO.copy_stream from the socket to itself, in threads of a ThreadGroup; the count of what
#     it copied goes to the log, and TERM ends the program when the clients are served, or in a
#     second.
# Profile: concurrent
# Port: $PORT
require 'socket'
require 'logger'

log = Logger.new($stderr)
group = ThreadGroup.new
server = TCPServer.new('127.0.0.1', Integer(ENV.fetch('PORT')))
main = Thread.current
trap('TERM') { main.raise(Interrupt) }
begin
  loop do
    client = server.accept
    begin
      group.add(Thread.new do
        log.info("#{IO.copy_stream(client, client)} bytes")
      rescue SystemCallError, IOError => e
        log.warn("client error: #{e.class}: #{e.message}")
      ensure
        client.close
      end)
    rescue ThreadError
      client.close
    end
  rescue Errno::EMFILE, Errno::ENFILE, Errno::ECONNABORTED
    sleep 0.1
  end
rescue Interrupt
  server.close
  deadline = Time.now + 1
  group.list.each { |thread| thread.join([deadline - Time.now, 0].max) }
end
