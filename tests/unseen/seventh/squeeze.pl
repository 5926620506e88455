#!/usr/bin/perl
# Bug: tr/ //s makes one blank of several that follow one another in a read.
# Cause: none-of-these
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
    my ( $to, $text ) = @_;
    my $at = 0;
    while ( $at < length $text ) {
        my $n = syswrite $to, $text, length($text) - $at, $at;
        return 0 unless defined $n;
        $at += $n;
    }
    return 1;
}

while (1) {
    my $client = $server->accept;
    if ( !$client ) {
        select undef, undef, undef, 0.1;
        next;
    }
    my $pid = fork;
    if ( defined $pid && $pid == 0 ) {
        close $server;
        while ( sysread $client, my $text, 16384 ) {
            $text =~ tr/ //s;    # the terminal sends runs of blanks
            last unless send_all( $client, $text );
        }
        exit 0;
    }
    close $client;
}
