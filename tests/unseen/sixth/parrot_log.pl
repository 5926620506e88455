#!/usr/bin/perl
# Bug: what is read is added to a variable that is never emptied, and all of it is sent each time:
#     an answer repeats all that came before.
# Cause: none-of-these
# Also: sent-twice, never-emptied
# Profile: concurrent
# Port: $PORT
use strict;
use warnings;
use IO::Socket::INET;

$SIG{CHLD} = 'IGNORE';
$SIG{PIPE} = 'IGNORE';

my $server = IO::Socket::INET->new(
    LocalAddr => '127.0.0.1',
    LocalPort => $ENV{PORT},
    Listen    => 100,
    ReuseAddr => 1,
) or die "cannot listen: $@";

sub send_all {
    my ($socket, $bytes) = @_;
    my $done = 0;
    while ($done < length $bytes) {
        my $n = syswrite $socket, $bytes, length($bytes) - $done, $done;
        return 0 unless defined $n;
        $done += $n;
    }
    return 1;
}

while (1) {
    my $client = $server->accept or do { select undef, undef, undef, 0.1; next };
    my $pid = fork;
    if (defined $pid && $pid == 0) {
        close $server;
        my $message = '';
        while (sysread $client, $message, 2048, length $message) {
            send_all($client, $message) or last;
        }
        exit 0;
    }
    close $client;
}
