#!/usr/bin/perl
# Bug: nothing handles SIGPIPE, so the first client that leaves before its answer kills the server.
# Cause: killed-by-sigpipe
# Caught by: resilience/vanish-while-sending
# Profile: concurrent
# Port: $PORT
use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;

my $listener = IO::Socket::INET->new(
    LocalAddr => '127.0.0.1',
    LocalPort => $ENV{PORT},
    Listen    => 100,
    ReuseAddr => 1,
) or die "cannot listen: $@\n";

my $readers = IO::Select->new($listener);
my $writers = IO::Select->new;
my %pending;

sub drop {
    my ($sock) = @_;
    $readers->remove($sock);
    $writers->remove($sock);
    delete $pending{$sock};
    close $sock;
}

while (1) {
    my ($readable, $writable) = IO::Select->select($readers, $writers, undef);
    for my $sock (@{ $writable || [] }) {
        my $sent = syswrite $sock, $pending{$sock};
        if (!defined $sent) {
            drop($sock) unless $!{EAGAIN} || $!{EINTR};
            next;
        }
        substr($pending{$sock}, 0, $sent, '');
        if ($pending{$sock} eq '') {
            $writers->remove($sock);
            $readers->add($sock);
        }
    }
    for my $sock (@{ $readable || [] }) {
        if ($sock == $listener) {
            my $client = $listener->accept;
            if (!$client) { select undef, undef, undef, 0.1; next }
            $client->blocking(0);
            $readers->add($client);
            next;
        }
        my $got = sysread $sock, my $data, 16384;
        if (!defined $got) {
            drop($sock) unless $!{EAGAIN} || $!{EINTR};
        } elsif ($got == 0) {
            drop($sock);
        } else {
            $pending{$sock} = $data;
            $readers->remove($sock);
            $writers->add($sock);
        }
    }
}
