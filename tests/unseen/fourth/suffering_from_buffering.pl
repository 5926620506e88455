#!/usr/bin/perl
# Bug: the answers are printed to the client's handle, which has a buffer that nobody flushes before
#     the connection ends.
# Cause: not-flushed
# Caught by: chunking/prompt
# Profile: sequential
# Port: 29028
use strict;
use warnings;
use Socket;

my $port = 29028;
$SIG{PIPE} = 'IGNORE';

socket(my $server, PF_INET, SOCK_STREAM, getprotobyname('tcp')) or die "socket: $!";
setsockopt($server, SOL_SOCKET, SO_REUSEADDR, pack('l', 1)) or die "setsockopt: $!";
bind($server, sockaddr_in($port, INADDR_LOOPBACK)) or die "bind: $!";
listen($server, 20) or die "listen: $!";

while (1) {
    my $client;
    if (!accept($client, $server)) {
        select undef, undef, undef, 0.1;
        next;
    }
    binmode $client;
    while (sysread($client, my $data, 3072)) {
        print $client $data or last;
    }
    close $client;
}
