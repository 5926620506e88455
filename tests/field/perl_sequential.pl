# Echo with IO::Socket: one client after another.
use strict;
use warnings;
use IO::Socket::INET;

my ($host, $port) = @ARGV;
my $server = IO::Socket::INET->new(
    LocalAddr => $host, LocalPort => $port, Proto => 'tcp', Listen => SOMAXCONN, ReuseAddr => 1,
) or die "listen: $@";

while (my $client = $server->accept) {
    $client->autoflush(1);
    while (sysread $client, my $data, 1024) { print $client $data }
    close $client;
}
