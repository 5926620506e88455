# Echo with IO::Socket: a process for each client, as perlipc has it.
use strict;
use warnings;
use IO::Socket::INET;

my ($host, $port) = @ARGV;
$SIG{CHLD} = 'IGNORE';
my $server = IO::Socket::INET->new(
    LocalAddr => $host, LocalPort => $port, Proto => 'tcp', Listen => SOMAXCONN, ReuseAddr => 1,
) or die "listen: $@";

while (my $client = $server->accept) {
    if (fork) { close $client; next; }
    close $server;
    $client->autoflush(1);
    while (sysread $client, my $data, 1024) { print $client $data }
    exit 0;
}
