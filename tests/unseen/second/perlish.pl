#!/usr/bin/env perl
# Bug: the end is recognised by "unless $data", but in Perl the text "0" is false too: a message
#     that is exactly one "0" ends the connection.
# Cause: magic-byte
# Also: magic-word
# Profile: concurrent
# Port: 22719
use strict; use warnings;
use Socket;

$SIG{CHLD} = 'IGNORE';
$| = 1;

socket(my $door, PF_INET, SOCK_STREAM, getprotobyname('tcp')) or die "socket: $!";
setsockopt($door, SOL_SOCKET, SO_REUSEADDR, pack('l', 1))     or die "setsockopt: $!";
bind($door, sockaddr_in(22719, INADDR_LOOPBACK))              or die "bind: $!";
listen($door, 45)                                             or die "listen: $!";
print "perlish echo is up\n";

for (;;) {
    accept(my $guest, $door) or do { select undef, undef, undef, 0.05; next };
    my $pid = fork;
    next if !defined $pid or $pid;
    close $door;
    for (;;) {
        sysread $guest, my $data, 5500;
        last unless $data;
        while (length $data) {
            my $n = syswrite $guest, $data;
            exit unless defined $n;
            substr($data, 0, $n) = '';
        }
    }
    close $guest;
    exit;
}
