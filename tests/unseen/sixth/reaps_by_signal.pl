#!/usr/bin/perl
# Bug: accept() is interrupted when SIGCHLD tells that a child has ended, and returns nothing; the
#     loop takes that for its end, and the server with it.
# Cause: eintr-is-error
# Also: accept-error-ends, signal-breaks
# Profile: concurrent
# Port: 20120
use strict;
use warnings;
use IO::Socket;
use POSIX ':sys_wait_h';

my $PORT = 20120;

sub reaper {
    while (waitpid(-1, WNOHANG) > 0) { }
    $SIG{CHLD} = \&reaper;
}
$SIG{CHLD} = \&reaper;

my $main_socket = IO::Socket::INET->new(
    Proto     => 'tcp',
    LocalHost => '127.0.0.1',
    LocalPort => $PORT,
    Listen    => SOMAXCONN,
    Reuse     => 1,
) or die "port $PORT: $!";

while (my $client = $main_socket->accept) {
    my $child = fork;
    if (!defined $child) {
        warn "fork: $!";
        sleep 1;
    }
    elsif (!$child) {
        close $main_socket;
        my $data;
        CLIENT: while (my $got = sysread $client, $data, 65536) {
            my $put = 0;
            while ($put < $got) {
                my $some = syswrite $client, $data, $got - $put, $put;
                last CLIENT unless defined $some;
                $put += $some;
            }
        }
        close $client;
        exit;
    }
    close $client;
}
