#!/usr/bin/perl
# Style: select() with four arguments and vectors of bits; a client that has an answer waiting is not
#     read from. At most 900 clients are let in at a time, the others wait in the system's queue.
# Profile: concurrent
# Port: 29110
use strict;
use warnings;
use IO::Socket::INET;

$SIG{PIPE} = 'IGNORE';
my $port = 29110;
my $most = 900;
my $server = IO::Socket::INET->new(
    LocalAddr => '127.0.0.1',
    LocalPort => $port,
    Listen    => 128,
    ReuseAddr => 1,
    Blocking  => 0,
) or die "cannot listen: $!\n";

my (%socket, %answer);
my $rest_until = 0;

sub bye {
    my ($number) = @_;
    delete $answer{$number};
    close delete $socket{$number};
}

while (1) {
    my ($in, $out) = ('', '');
    my $resting = time < $rest_until;
    vec($in, fileno $server, 1) = 1 if !$resting && keys %socket < $most;
    for my $number (keys %socket) {
        if (length $answer{$number}) { vec($out, $number, 1) = 1 }
        else                         { vec($in, $number, 1) = 1 }
    }
    my $found = select $in, $out, undef, $resting ? 0.2 : undef;
    next if $found < 1;

    for my $number (keys %socket) {
        if (vec($out, $number, 1)) {
            my $count = syswrite $socket{$number}, $answer{$number};
            if (defined $count) { substr($answer{$number}, 0, $count) = '' }
            elsif (!$!{EAGAIN} && !$!{EINTR}) { bye($number) }
        } elsif (vec($in, $number, 1)) {
            my $count = sysread $socket{$number}, my $data, 10_000;
            if ($count) { $answer{$number} = $data }
            elsif (defined $count) { bye($number) }
            elsif (!$!{EAGAIN} && !$!{EINTR}) { bye($number) }
        }
    }
    next if $resting || !vec($in, fileno $server, 1);
    if (my $client = $server->accept) {
        $client->blocking(0);
        $socket{ fileno $client } = $client;
        $answer{ fileno $client } = '';
    } elsif (!$!{EAGAIN} && !$!{EINTR} && !$!{ECONNABORTED}) {
        $rest_until = time + 2;    # no descriptors: look at the others meanwhile
    }
}
