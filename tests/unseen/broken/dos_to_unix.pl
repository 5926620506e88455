#!/usr/bin/perl
# Bug: CR LF is made LF, "because the client may be Windows".
# Cause: newline-translated
# Caught by: identity/newlines
# Profile: concurrent
# Port: 27002
use v5.20;
use warnings;
use IO::Socket::INET;
use IO::Select;

my $listener = IO::Socket::INET->new(
    LocalHost => '127.0.0.1', LocalPort => 27002, Listen => 64, Reuse => 1, Blocking => 0,
) // die $@;
my ($readers, $writers) = (IO::Select->new($listener), IO::Select->new);
my %out;
$SIG{PIPE} = 'IGNORE';

sub leave {
    my $fh = shift;
    $readers->remove($fh);
    $writers->remove($fh);
    delete $out{$fh};
    close $fh;
}

while (1) {
    my ($r, $w) = IO::Select->select($readers, $writers);
    for my $fh (@{ $r // [] }) {
        if ($fh == $listener) {
            my $new = $listener->accept or select(undef, undef, undef, 0.01), next;
            $new->blocking(0);
            $readers->add($new);
            next;
        }
        my $n = sysread $fh, my $data, 8192;
        next if !defined $n && ($!{EAGAIN} || $!{EINTR});
        if (!$n) { leave($fh); next }
        $data =~ s/\r\n/\n/g;
        $out{$fh} = $data;
        $readers->remove($fh);
        $writers->add($fh);
    }
    for my $fh (@{ $w // [] }) {
        my $n = syswrite $fh, $out{$fh};
        if (!defined $n) {
            leave($fh) unless $!{EAGAIN} || $!{EINTR};
            next;
        }
        substr($out{$fh}, 0, $n) = '';
        if ($out{$fh} eq '') {
            $writers->remove($fh);
            $readers->add($fh);
        }
    }
}
