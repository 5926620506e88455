"""Echo by `StreamRequestHandler` and its files, line by line, as the library's page has it."""

import socketserver
import sys


class Echo(socketserver.StreamRequestHandler):
    """Sends every line back."""

    def handle(self) -> None:
        """Serve one connection."""
        for line in self.rfile:
            self.wfile.write(line)


if __name__ == "__main__":
    socketserver.ThreadingTCPServer.allow_reuse_address = True
    address = (sys.argv[1], int(sys.argv[2]))
    with socketserver.ThreadingTCPServer(address, Echo) as server:
        server.serve_forever()
