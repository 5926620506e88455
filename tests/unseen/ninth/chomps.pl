#!/usr/bin/perl
# Bug: chomp takes the newline off the end of what was read, so it is missing in the answer.
# Cause: strips-whitespace, line-ends-dropped
# Profile: sequential
# Port: $PORT

use strict;
use warnings;
use IO::Socket::INET;

$| = 1;
$SIG{PIPE} = 'IGNORE';

my $server = IO::Socket::INET->new(
    LocalAddr => '127.0.0.1',
    LocalPort => $ENV{PORT},
    Proto     => 'tcp',
    Listen    => 128,
    ReuseAddr => 1,
) or die "cannot listen: $!\n";

print "waiting for clients on port $ENV{PORT}\n";

while (1) {
    my $client = $server->accept() or next;
    my $message;
    while (sysread($client, $message, 2048)) {
        chomp $message;
        my $done = 0;
        while ($done < length $message) {
            my $n = syswrite($client, $message, length($message) - $done, $done);
            last unless defined $n;
            $done += $n;
        }
        last if $done < length $message;
    }
    close $client;
}
