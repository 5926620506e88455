#!/usr/bin/perl
# Bug: each answer is followed by a prompt, and the children are never waited for.
# Cause: prefix-or-suffix
# Cause: zombies
# Caught by: identity/nothing-extra, resources/zombies
# Profile: concurrent
# Port: 27101
use strict;
use warnings;
use IO::Socket::INET;

my $listen = IO::Socket::INET->new(
    LocalAddr => '127.0.0.1:27101', Listen => 50, ReuseAddr => 1, Proto => 'tcp',
) or die "listen: $@";

while (1) {
    my $conn = $listen->accept or do { select(undef, undef, undef, 0.1); next };
    my $child = fork() // next;
    if ($child) {
        $conn->close;
        next;
    }
    $listen->close;
    $conn->autoflush(1);
    while (my $got = sysread($conn, my $buffer, 2048)) {
        print {$conn} $buffer, "> " or last;
    }
    exit;
}
