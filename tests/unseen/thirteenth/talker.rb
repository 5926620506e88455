#!/usr/bin/env ruby
# Bug: puts adds a line end to each piece that does not end with one, so the client gets more bytes
#     than it has sent
# Cause: prefix-or-suffix
# Profile: concurrent
# Port: $PORT
require "socket"

# A thread for each guest. Everything that a guest says is said back.
class Talker
  def initialize(host, port)
    @server = Socket.new(:INET, :STREAM)
    @server.setsockopt(:SOCKET, :REUSEADDR, true)
    @server.bind(Addrinfo.tcp(host, port))
    @server.listen(256)
  end

  def run
    loop do
      begin
        guest, = @server.accept
      rescue SystemCallError
        sleep 0.05
        next
      end
      Thread.new(guest) { |socket| talk(socket) }
    end
  rescue Interrupt
    @server.close
  end

  private

  def talk(socket)
    loop do
      said = socket.readpartial(4096)
      socket.puts said
    end
  rescue EOFError, IOError, SystemCallError
    nil
  ensure
    socket.close
  end
end

Talker.new("127.0.0.1", Integer(ENV.fetch("PORT"))).run
