#!/usr/bin/perl
# Style: processes that wait for clients, as in web servers: at least three are idle, a child
#     serves twenty clients and is replaced, and there are up to 1,000 while so many clients are
#     there.
# Profile: concurrent
# Port: $PORT
use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;
use POSIX qw(WNOHANG);

my ($spare, $most, $turns) = (3, 1000, 20);
$SIG{PIPE} = 'IGNORE';
my $server = IO::Socket::INET->new(
    LocalAddr => '127.0.0.1', LocalPort => $ENV{PORT}, Listen => 511, ReuseAddr => 1,
) or die "cannot listen: $@\n";
$server->blocking(0);
pipe my $board, my $chalk or die "no pipe: $!\n";
pipe my $life, my $parent or die "no pipe: $!\n";
my %idle;    # by process: whether it waits for a client

sub serve {
    my ($client) = @_;
    $client->blocking(1);
    while (my $count = sysread $client, my $data, 16_384) {
        for (my $done = 0; $done < $count;) {
            my $part = syswrite $client, $data, $count - $done, $done;
            return unless defined $part;
            $done += $part;
        }
    }
}

sub say_that { syswrite $chalk, pack 'NC', $$, $_[0] }

sub child {
    close $parent;
    close $board;
    @SIG{qw(TERM INT)} = ('DEFAULT') x 2;
    my $wait = IO::Select->new($server, $life);
    for (my $turn = 0; $turn < $turns;) {
        my @ready = $wait->can_read;
        POSIX::_exit(0) if grep { $_ == $life } @ready;
        my $client = $server->accept;
        if (!$client) {
            select undef, undef, undef, 0.1 unless $!{EAGAIN};
            next;
        }
        say_that(0);
        serve($client);
        close $client;
        $turn++;
        say_that(1) if $turn < $turns;
    }
    POSIX::_exit(0);
}

$SIG{CHLD} = sub { };    # it only wakes sysread
$SIG{TERM} = $SIG{INT} = sub { kill TERM => keys %idle; exit 0 };
my $retry = 0;
while (1) {
    while ((my $gone = waitpid -1, WNOHANG) > 0) { delete $idle{$gone} }
    my $waiting = grep { $_ } values %idle;
    for (; $waiting < $spare && keys %idle < $most; $waiting++) {
        my $new = fork;
        if (!defined $new) { warn "cannot fork: $!\n"; last }
        child() if $new == 0;
        $idle{$new} = 1;
    }
    my $vector = '';
    vec($vector, fileno $board, 1) = 1;
    next if select($vector, undef, undef, 0.5) < 1;
    my $count = sysread $board, my $notes, 500;    # five bytes each, and written as one
    next unless $count;
    while (length $notes >= 5) {
        my ($who, $state) = unpack 'NC', substr $notes, 0, 5, '';
        $idle{$who} = $state if exists $idle{$who};
    }
}
