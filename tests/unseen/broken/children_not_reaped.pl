#!/usr/bin/perl
# Bug: each client gets a child process and nobody waits for the children that have ended; they
#     stay as zombies.
# Cause: zombies
# Caught by: resources/zombies
# Profile: concurrent
# Port: $PORT
use strict;
use warnings;
use Socket;

sub echo {
    my ($fh) = @_;
    my $buf;
    while (my $got = sysread($fh, $buf, 16384)) {
        my $at = 0;
        while ($at < $got) {
            my $n = syswrite($fh, $buf, $got - $at, $at);
            return unless defined $n;
            $at += $n;
        }
    }
}

socket(my $listener, PF_INET, SOCK_STREAM, getprotobyname('tcp')) or die "socket: $!";
setsockopt($listener, SOL_SOCKET, SO_REUSEADDR, 1) or die "setsockopt: $!";
bind($listener, sockaddr_in($ENV{PORT}, INADDR_LOOPBACK)) or die "bind: $!";
listen($listener, 100) or die "listen: $!";

for (;;) {
    my $addr = accept(my $client, $listener);
    if (!$addr) { select(undef, undef, undef, 0.05); next }
    my $pid = fork;
    if (defined $pid && $pid == 0) {
        close $listener;
        echo($client);
        exit 0;
    }
    close $client;
}
