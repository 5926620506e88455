#!/usr/bin/perl
# Bug: the second child does not close its copy of the end of the pipe that is written to: it
#     never sees the end of the pipe, and so the client never sees the end of the connection.
# Cause: copy-kept-open
# Also: never-closes
# Profile: concurrent
# Port: $PORT
use strict;
use warnings;
use Socket;

$SIG{CHLD} = 'IGNORE';

sub pump {
    my ($from, $to) = @_;
    my $block;
    while (sysread $from, $block, 10_000) {
        my $at = 0;
        while ($at < length $block) {
            $at += syswrite($to, $block, length($block) - $at, $at) // return;
        }
    }
    return;
}

socket my $listener, PF_INET, SOCK_STREAM, 0 or die "socket: $!";
setsockopt $listener, SOL_SOCKET, SO_REUSEADDR, 1 or die "setsockopt: $!";
bind $listener, sockaddr_in($ENV{PORT}, INADDR_LOOPBACK) or die "bind: $!";
listen $listener, 256 or die "listen: $!";

sub child {
    my ($from, $to, @others) = @_;
    my $pid = fork;
    return if !defined $pid || $pid;
    close $_ for $listener, @others;
    pump($from, $to);
    exit 0;
}

while (1) {
    my ($out, $in, $client);
    if (!pipe($out, $in) || !accept($client, $listener)) {
        select undef, undef, undef, 0.1;
        next;
    }
    child($client, $in, $out);
    child($out, $client);
}
