#!/usr/bin/perl
# Bug: read() is the buffered one that waits until it has as many bytes as were asked for; the answer
#     comes only when 1024 bytes are there or the client has ended
# Cause: waits-for-full-buffer
# Profile: sequential
# Port: $PORT
use strict;
use warnings;
use IO::Socket::INET;

$SIG{PIPE} = 'IGNORE';
$| = 1;

my $port = $ENV{PORT} or die "PORT is not set\n";

my $server = IO::Socket::INET->new(
    LocalAddr => '127.0.0.1',
    LocalPort => $port,
    Proto     => 'tcp',
    Listen    => 128,
    ReuseAddr => 1,
) or die "Cannot listen on port $port: $!\n";

print "waiting for clients on port $port\n";

while (1) {
    my $client = $server->accept;
    unless ($client) {
        select(undef, undef, undef, 0.05);
        next;
    }
    $client->autoflush(1);
    binmode $client;
    my $total = 0;
    while (read($client, my $buffer, 1024)) {
        print {$client} $buffer or last;
        $total += length $buffer;
    }
    close $client;
    print "client left after $total bytes\n";
}
