#!/usr/bin/perl
# Style: a process for each client; the parent looks for children that have ended every two
#     seconds, by the clock, and not when they end.
# Profile: concurrent
# Port: $PORT
use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;
use POSIX qw(WNOHANG);

$SIG{PIPE} = 'IGNORE';
my $server = IO::Socket::INET->new(
    LocalAddr => '127.0.0.1', LocalPort => $ENV{PORT}, Listen => 256, ReuseAddr => 1,
) or die "cannot listen: $@\n";
$server->blocking(0);
my $wait = IO::Select->new($server);
my $next = time + 2;

while (1) {
    my $left = $next - time;
    if ($left <= 0) {
        1 while waitpid(-1, WNOHANG) > 0;
        $next = time + 2;
        next;
    }
    next unless $wait->can_read($left);
    my $client = $server->accept;
    if (!$client) {
        select undef, undef, undef, 0.1 unless $!{EAGAIN};
        next;
    }
    my $child = fork;
    if (defined $child && $child == 0) {
        close $server;
        $client->blocking(1);
        while (sysread $client, my $data, 8192) {
            while (length $data) {
                my $count = syswrite $client, $data;
                POSIX::_exit(0) unless defined $count;
                substr $data, 0, $count, '';
            }
        }
        POSIX::_exit(0);
    }
    close $client;
}
