# Echo with the socket library: a thread for each client.
require 'socket'

Socket.tcp_server_loop(ARGV[0], Integer(ARGV[1])) do |client|
  Thread.new do
    IO.copy_stream(client, client)
  ensure
    client.close
  end
end
