"""Echo over a Unix socket with socketserver: a thread for each client."""

import socketserver
import sys


class Handler(socketserver.BaseRequestHandler):
    """Serves one connection."""

    def handle(self) -> None:
        """Send back what comes, to the end."""
        while data := self.request.recv(1024):
            self.request.sendall(data)


if __name__ == "__main__":
    with socketserver.ThreadingUnixStreamServer(sys.argv[1], Handler) as server:
        server.serve_forever()
