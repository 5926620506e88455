#!/usr/bin/perl
# Bug: the child serves its client, and does not exit: it goes back to the while loop and accepts
#     clients too, so with each client there is one more process that listens for ever
# Cause: child-goes-on
# Profile: concurrent
# Port: $PORT
use strict;
use warnings;
use Socket;
use Errno qw(EINTR);

$SIG{CHLD} = 'IGNORE';    # nobody has to wait for the children
$SIG{PIPE} = 'IGNORE';

sub write_all {
    my ($fh, $data) = @_;
    my $offset = 0;
    while ($offset < length $data) {
        my $n = syswrite $fh, $data, length($data) - $offset, $offset;
        if (!defined $n) {
            next if $! == EINTR;
            return 0;
        }
        $offset += $n;
    }
    return 1;
}

sub serve_client {
    my ($fh) = @_;
    while (1) {
        my $n = sysread $fh, my $data, 8192;
        if (!defined $n) {
            next if $! == EINTR;
            return;
        }
        return if $n == 0;
        write_all($fh, $data) or return;
    }
}

socket(my $listener, PF_INET, SOCK_STREAM, getprotobyname('tcp')) or die "socket: $!";
setsockopt($listener, SOL_SOCKET, SO_REUSEADDR, pack('l', 1)) or die "setsockopt: $!";
bind($listener, sockaddr_in($ENV{PORT}, INADDR_LOOPBACK)) or die "bind: $!";
listen($listener, 256) or die "listen: $!";

while (1) {
    my $client;
    if (!accept($client, $listener)) {
        select undef, undef, undef, 0.05 if $! != EINTR;
        next;
    }
    my $pid = fork;
    if (defined $pid && $pid == 0) {
        serve_client($client);
    }
    close $client;
}
