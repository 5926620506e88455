#!/usr/bin/env perl
# Bug: the child does not exit when its client has gone: it goes on with the accept loop, as a second
#   server beside its parent.
# Cause: child-goes-on
# Profile: concurrent
# Port: $PORT

use strict;
use warnings;
use Socket qw(SOL_SOCKET SO_REUSEADDR SOMAXCONN INADDR_LOOPBACK AF_INET SOCK_STREAM pack_sockaddr_in);

use constant CHUNK => 32 * 1024;

$SIG{CHLD} = 'IGNORE';
$SIG{PIPE} = 'IGNORE';

socket(my $listener, AF_INET, SOCK_STREAM, 0) or die "socket: $!\n";
setsockopt($listener, SOL_SOCKET, SO_REUSEADDR, pack('l', 1)) or die "setsockopt: $!\n";
bind($listener, pack_sockaddr_in($ENV{PORT}, INADDR_LOOPBACK)) or die "bind: $!\n";
listen($listener, SOMAXCONN) or die "listen: $!\n";

while (1) {
    my $client;
    unless (accept($client, $listener)) {
        select(undef, undef, undef, 0.05);
        next;
    }
    my $pid = fork();
    if (!defined $pid) {
        select(undef, undef, undef, 0.05);
    }
    elsif ($pid == 0) {
        serve($client);
    }
    close $client;
}

sub serve {
    my ($client) = @_;
    while (my $got = sysread($client, my $data, CHUNK)) {
        for (my $at = 0; $at < $got;) {
            my $count = syswrite($client, $data, $got - $at, $at) // return;
            $at += $count;
        }
    }
}
