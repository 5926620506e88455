"""Echo with Twisted: the protocol its documentation opens with."""

# mypy: ignore-errors

import sys

from twisted.internet import endpoints, protocol, reactor


class Echo(protocol.Protocol):
    """Writes what arrives."""

    def dataReceived(self, data):  # noqa: N802 - Twisted's name
        """Send it back."""
        self.transport.write(data)


if __name__ == "__main__":
    host, port = sys.argv[1:]
    endpoint = endpoints.TCP4ServerEndpoint(reactor, int(port), interface=host)
    endpoint.listen(protocol.Factory.forProtocol(Echo))
    reactor.run()
