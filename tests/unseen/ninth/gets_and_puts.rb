# Bug: gets waits for a whole line, so what has no newline is answered only at the end, and puts then
#   adds the newline that it lacks.
# Cause: waits-for-newline
# Also: prefix-or-suffix
# Beside: descriptor-famine
# Profile: sequential
# Port: $PORT

require 'socket'

server = TCPServer.new('127.0.0.1', ENV['PORT'].to_i)
server.listen(128)
puts 'Server is running'
$stdout.flush

loop do
  client = server.accept
  begin
    while (line = client.gets)
      client.puts line
    end
  rescue SystemCallError => e
    puts "Client error: #{e.message}"
    $stdout.flush
  ensure
    client.close
  end
end
