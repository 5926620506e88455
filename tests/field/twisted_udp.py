"""Echo of datagrams with Twisted, as its documentation on UDP has it."""

# mypy: ignore-errors

import sys

from twisted.internet import protocol, reactor


class Echo(protocol.DatagramProtocol):
    """Writes what arrives to whom it came from."""

    def datagramReceived(self, datagram, addr):  # noqa: N802 - Twisted's name
        """Send it back."""
        self.transport.write(datagram, addr)


if __name__ == "__main__":
    host, port = sys.argv[1:]
    reactor.listenUDP(int(port), Echo(), interface=host)
    reactor.run()
