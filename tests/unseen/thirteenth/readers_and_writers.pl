#!/usr/bin/perl
# Bug: that a client has ended is kept under its descriptor number, and not removed when it
#     goes: the next one with that number is closed after its first answer.
# Cause: state-by-descriptor
# Profile: concurrent
# Port: $PORT
use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;

$SIG{PIPE} = 'IGNORE';
my $server = IO::Socket::INET->new(
    LocalAddr => '127.0.0.1', LocalPort => $ENV{PORT}, Proto => 'tcp',
    Listen => 200, ReuseAddr => 1, Blocking => 0,
) or die "cannot listen: $@\n";
my ($readers, $writers) = (IO::Select->new($server), IO::Select->new);
my (%waiting, %size, %ended);
my $resting = 0;

sub bye {
    my ($client) = @_;
    my $number = fileno $client;
    $readers->remove($client);
    $writers->remove($client);
    delete $_->{$number} for \%waiting, \%size;
    close $client;
}

sub flush_some {
    my ($client) = @_;
    my $number = fileno $client;
    while (defined(my $piece = shift @{ $waiting{$number} })) {
        my $count = syswrite $client, $piece;
        if (!defined $count) {
            return bye($client) unless $!{EAGAIN} || $!{EINTR};
            $count = 0;
        }
        $size{$number} -= $count;
        next if $count == length $piece;
        unshift @{ $waiting{$number} }, substr $piece, $count;
        last;
    }
    if ($size{$number} == 0) {
        return bye($client) if $ended{$number};
        $writers->remove($client);
    } else {
        $writers->add($client);
    }
    if ($ended{$number} || $size{$number} > 100_000) { $readers->remove($client) }
    else                                             { $readers->add($client) }
}

sub let_in {
    while (my $client = $server->accept) {
        $client->blocking(0);
        my $number = fileno $client;
        ($waiting{$number}, $size{$number}) = ([], 0);
        $readers->add($client);
    }
    return if $!{EAGAIN} || $!{EINTR} || $!{ECONNABORTED};
    $readers->remove($server);
    $resting = time + 1;
}

while (1) {
    my ($in, $out) = IO::Select->select($readers, $writers, undef, $resting ? 0.3 : undef);
    if ($resting && time > $resting) {
        $resting = 0;
        $readers->add($server);
    }
    for my $client (@{ $out // [] }) { flush_some($client) }
    for my $client (@{ $in // [] }) {
        if ($client == $server) { let_in(); next }
        my $number = fileno $client;
        next unless defined $number;
        my $count = sysread $client, my $data, 20_000;
        if (!defined $count) {
            bye($client) unless $!{EAGAIN} || $!{EINTR};
            next;
        }
        if ($count) { push @{ $waiting{$number} }, $data; $size{$number} += $count }
        else        { $ended{$number} = 1 }
        flush_some($client);
    }
}
