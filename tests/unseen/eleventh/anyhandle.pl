#!/usr/bin/perl
# Bug: the handle reads until nothing is there, and gives what it has read to its callback only when it
#     has not met the end: data that comes together with the client's end is thrown away.
# Cause: end-with-data-lost
# Also: pending-dropped-at-end, half-close-ends-at-once
# Beside: spins-at-accept
# Profile: concurrent
# Port: $PORT
use strict;
use warnings;

package Handle;
use Errno qw(EAGAIN EINTR EWOULDBLOCK);

use constant { CHUNK => 16384, READ_MAX => 131072, WRITE_MAX => 262144 };

sub new {
    my ($class, %args) = @_;
    return bless { rbuf => '', wbuf => '', eof => 0, %args }, $class;
}

sub fh { $_[0]{fh} }

sub push_write {
    my ($self, $data) = @_;
    $self->{wbuf} .= $data;
    return $self->flush;
}

# All of these return false when the connection is broken.
sub flush {
    my ($self) = @_;
    while (length $self->{wbuf}) {
        my $n = syswrite $self->{fh}, $self->{wbuf}, CHUNK;
        if (defined $n) {
            substr $self->{wbuf}, 0, $n, '';
        } elsif ($! == EAGAIN || $! == EWOULDBLOCK) {
            last;
        } elsif ($! != EINTR) {
            return 0;
        }
    }
    return 1;
}

sub fill {
    my ($self) = @_;
    while (length $self->{rbuf} < READ_MAX) {
        my $n = sysread $self->{fh}, $self->{rbuf}, CHUNK, length $self->{rbuf};
        if ($n) {
            next;
        } elsif (defined $n) {
            $self->{eof} = 1;
            return 1;
        } elsif ($! == EAGAIN || $! == EWOULDBLOCK) {
            last;
        } elsif ($! != EINTR) {
            return 0;
        }
    }
    return 1 unless length $self->{rbuf};
    my $data = $self->{rbuf};
    $self->{rbuf} = '';
    return $self->{on_read}->($self, $data);
}

sub wants_read  { !$_[0]{eof} && length $_[0]{wbuf} < WRITE_MAX }
sub wants_write { length $_[0]{wbuf} > 0 }

package main;
use IO::Poll qw(POLLIN POLLOUT POLLHUP POLLERR);
use IO::Socket::INET;
use Socket qw(SOMAXCONN);

$SIG{PIPE} = 'IGNORE';

my $listener = IO::Socket::INET->new(
    LocalAddr => '127.0.0.1',
    LocalPort => $ENV{PORT},
    Listen    => SOMAXCONN,
    ReuseAddr => 1,
    Blocking  => 0,
) or die "listen: $@\n";

my %handles;
my $poll = IO::Poll->new;
$poll->mask($listener => POLLIN);

sub watch {
    my ($handle) = @_;
    my $mask = ($handle->wants_read ? POLLIN : 0) | ($handle->wants_write ? POLLOUT : 0);
    $poll->mask($handle->fh => $mask) if $mask;
    return $mask;
}

sub on_connect {
    my $fh = $listener->accept or return;
    $fh->blocking(0);
    my $handle = Handle->new(fh => $fh, on_read => sub { $_[0]->push_write($_[1]) });
    $handles{$fh} = $handle;
    watch($handle);
}

sub on_event {
    my ($handle, $events) = @_;
    my $fine = 1;
    $fine = $handle->flush if $events & POLLOUT;
    $fine &&= $handle->fill
        if $handle->wants_read && $events & (POLLIN | POLLHUP | POLLERR);
    return if $fine && !($events & POLLERR) && watch($handle);
    $poll->remove($handle->fh);
    delete $handles{ $handle->fh };
    close $handle->fh;
}

while (1) {
    $poll->poll;
    for my $fh ($poll->handles(POLLIN | POLLOUT | POLLHUP | POLLERR)) {
        if ($fh == $listener) {
            on_connect();
        } elsif (my $handle = $handles{$fh}) {
            on_event($handle, $poll->events($fh));
        }
    }
}
