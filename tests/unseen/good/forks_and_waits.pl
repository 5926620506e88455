#!/usr/bin/perl
# Style: a process for each client, waited for in a handler; syswrite with offset until all is out
# Profile: concurrent
# Port: 27201
use strict;
use warnings;
use IO::Socket::INET;
use POSIX ':sys_wait_h';

$SIG{CHLD} = sub { local ($!, $?); 1 while waitpid(-1, WNOHANG) > 0 };

my $server = IO::Socket::INET->new(
    LocalAddr => '127.0.0.1', LocalPort => 27201, Listen => 128, ReuseAddr => 1,
) or die "listen: $@";

while (1) {
    my $client = $server->accept;
    if (!$client) {
        select undef, undef, undef, 0.05 unless $!{EINTR};
        next;
    }
    my $pid = fork;
    if (defined $pid && !$pid) {
        $SIG{PIPE} = sub { exit 0 };
        close $server;
        binmode $client;
        while (1) {
            my $count = sysread $client, my $piece, 5000;
            next if !defined $count && $!{EINTR};
            last unless $count;
            my $done = 0;
            while ($done < $count) {
                my $more = syswrite $client, $piece, $count - $done, $done;
                exit 0 unless defined $more || $!{EINTR};
                $done += $more // 0;
            }
        }
        exit 0;
    }
    close $client;
}
