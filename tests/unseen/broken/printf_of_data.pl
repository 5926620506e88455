#!/usr/bin/perl
# Bug: the data is the format of printf; whatever looks like %s or %d in it is replaced.
# Cause: format-string
# Caught by: identity/format-directives
# Profile: sequential
# Port: 27001
use strict;
use warnings;
no warnings qw(printf missing redundant uninitialized);
use IO::Socket::INET;

$SIG{PIPE} = 'IGNORE';

my $server = IO::Socket::INET->new(
    LocalAddr => '127.0.0.1',
    LocalPort => 27001,
    Proto     => 'tcp',
    Listen    => 10,
    ReuseAddr => 1,
) or die "cannot listen: $!";

while (1) {
    my $client = $server->accept;
    unless ($client) { select undef, undef, undef, 0.1; next }
    binmode $client;
    $client->autoflush(1);
    while (sysread $client, my $data, 4096) {
        printf {$client} $data or last;
    }
    close $client;
}
