#!/usr/bin/perl
# Bug: SIGPIPE has its default action, so writing to a client that has gone (it sent some data and
#     closed without taking the answer) kills the server.
# Cause: killed-by-sigpipe
# Profile: sequential
# Port: $PORT
use strict;
use warnings;
use IO::Socket::INET;

my $server = IO::Socket::INET->new(
    LocalAddr => '127.0.0.1',
    LocalPort => $ENV{PORT},
    Proto     => 'tcp',
    Listen    => 35,
    ReuseAddr => 1,
) or die "cannot listen: $@\n";

while (1) {
    my $client = $server->accept();
    if (!$client) {
        select(undef, undef, undef, 0.1);
        next;
    }
    serve($client);
    close($client);
}

sub serve {
    my ($client) = @_;
    while (sysread($client, my $data, 1234)) {
        my $sent = 0;
        while ($sent < length($data)) {
            my $n = syswrite($client, $data, length($data) - $sent, $sent);
            return unless defined $n;
            $sent += $n;
        }
    }
}
