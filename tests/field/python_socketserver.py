"""Echo by a `socketserver` class named on the command line: TCPServer, ThreadingTCPServer, ..."""

import socketserver
import sys


class Echo(socketserver.BaseRequestHandler):
    """Sends every read back until the client has no more to say."""

    def handle(self) -> None:
        """Serve one connection."""
        while data := self.request.recv(1024):
            self.request.sendall(data)


if __name__ == "__main__":
    kind: type[socketserver.TCPServer] = getattr(socketserver, sys.argv[1])
    kind.allow_reuse_address = True
    with kind((sys.argv[2], int(sys.argv[3])), Echo) as server:
        server.serve_forever()
