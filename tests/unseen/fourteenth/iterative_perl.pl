#!/usr/bin/perl
# Bug: nobody ignores SIGPIPE, so writing to a client that has gone kills the server.
# Cause: killed-by-sigpipe
# Also: crash-on-reset
# Profile: sequential
# Port: $PORT
use strict;
use warnings;
use IO::Socket::INET;

my $port = $ENV{PORT} || 7000;

my $server = IO::Socket::INET->new(
    LocalAddr => '127.0.0.1',
    LocalPort => $port,
    Proto     => 'tcp',
    Listen    => 128,
    ReuseAddr => 1,
) or die "Cannot listen on port $port: $!\n";

while (1) {
    my $client = $server->accept();
    next unless $client;
    binmode $client;
    echo($client);
    close $client;
}

sub echo {
    my ($sock) = @_;
    while (1) {
        my $n = sysread($sock, my $buf, 8192);
        if (!defined $n) {
            next if $!{EINTR};
            return;
        }
        return if $n == 0;
        return unless write_all($sock, $buf);
    }
}

sub write_all {
    my ($sock, $data) = @_;
    my $offset = 0;
    while ($offset < length $data) {
        my $n = syswrite($sock, $data, length($data) - $offset, $offset);
        if (!defined $n) {
            next if $!{EINTR};
            return 0;
        }
        $offset += $n;
    }
    return 1;
}
