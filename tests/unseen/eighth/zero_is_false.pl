#!/usr/bin/perl
# Bug: the loop ends "unless ($data)", and in Perl not only the empty string is false but "0", too:
#     a read that holds just the digit 0 is taken for the end.
# Cause: magic-byte
# Also: magic-word, closes-before-client
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
    Proto     => 'tcp',
    Listen    => 64,
    ReuseAddr => 1,
) or die "cannot listen: $@\n";

sub send_all {
    my ($to, $bytes) = @_;
    while (length $bytes) {
        my $n = syswrite $to, $bytes;
        return 0 unless defined $n;
        substr($bytes, 0, $n, '');
    }
    return 1;
}

sub receive {
    my ($from) = @_;
    my $data = '';
    sysread $from, $data, 6000;
    return $data;
}

while (1) {
    my $client = $server->accept;
    if (!$client) {
        select undef, undef, undef, 0.1 unless $!{EINTR};
        next;
    }
    my $pid = fork;
    if (defined $pid && $pid == 0) {
        close $server;
        while (1) {
            my $data = receive($client);
            last unless ($data);
            last unless send_all($client, $data);
        }
        close $client;
        exit 0;
    }
    close $client;
}
