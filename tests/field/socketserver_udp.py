"""Echo of datagrams with socketserver: a request is a datagram and the socket to answer with.

python socketserver_udp.py CLASS HOST PORT
"""

import socketserver
import sys


class Handler(socketserver.BaseRequestHandler):
    """Sends back what arrives."""

    def handle(self) -> None:
        """Answer one datagram."""
        data, sock = self.request
        sock.sendto(data, self.client_address)


if __name__ == "__main__":
    kind, host, port = sys.argv[1:]
    with getattr(socketserver, kind)((host, int(port)), Handler) as server:
        server.serve_forever()
