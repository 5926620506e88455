# Style: one IO.select for all; each client has a string of at most 64 KiB that waits to be sent,
#     and is read from only while there is room. An end is answered when the string is empty.
# Profile: concurrent
# Port: $PORT
require 'socket'

MOST = 65_536
Peer = Struct.new(:io, :waiting, :ended)
server = TCPServer.new('127.0.0.1', Integer(ENV.fetch('PORT')))
peers = {}
rest_until = 0

drop = lambda do |peer|
  peers.delete(peer.io)
  peer.io.close
end

loop do
  now = Process.clock_gettime(Process::CLOCK_MONOTONIC)
  reads = peers.each_value.select { |p| !p.ended && p.waiting.bytesize < MOST }.map(&:io)
  writes = peers.each_value.reject { |p| p.waiting.empty? }.map(&:io)
  resting = now < rest_until
  reads << server unless resting
  readable, writable = IO.select(reads, writes, nil, resting ? 0.1 : nil)

  (writable || []).each do |io|
    peer = peers[io]
    sent = io.write_nonblock(peer.waiting, exception: false)
    peer.waiting = peer.waiting.byteslice(sent..) unless sent == :wait_writable
    drop.(peer) if peer.ended && peer.waiting.empty?
  rescue SystemCallError
    drop.(peer)
  end

  (readable || []).each do |io|
    if io == server
      begin
        client = server.accept_nonblock(exception: false)
        peers[client] = Peer.new(client, String.new, false) unless client == :wait_readable
      rescue Errno::EMFILE, Errno::ENFILE
        rest_until = now + 0.3
      rescue Errno::ECONNABORTED
        next
      end
    elsif (peer = peers[io])
      begin
        data = io.read_nonblock(MOST - peer.waiting.bytesize, exception: false)
        if data.nil?
          peer.ended = true
          drop.(peer) if peer.waiting.empty?
        elsif data != :wait_readable
          peer.waiting << data
        end
      rescue SystemCallError
        drop.(peer)
      end
    end
  end
end
