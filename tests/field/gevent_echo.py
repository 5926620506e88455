"""Echo with gevent's StreamServer: a greenlet for each client."""

# mypy: ignore-errors

import sys

from gevent.server import StreamServer


def echo(client, address):
    """Serve one connection."""
    while data := client.recv(1024):
        client.sendall(data)


if __name__ == "__main__":
    StreamServer((sys.argv[1], int(sys.argv[2])), echo).serve_forever()
