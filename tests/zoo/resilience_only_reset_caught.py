"""ConnectionResetError is caught, BrokenPipeError is not: sending to a client that has already
vanished ends the server.

Clause: resilience/vanish-while-sending
Trigger: a client that sends, closes without reading, and is gone before the echo is sent
Profile: sequential
Grade: realistic
Cause: killed-by-sigpipe | client-error-ends-server
"""

import os
import socketserver
import sys


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        try:
            while data := self.request.recv(1024):
                self.request.sendall(data)
        except ConnectionResetError:
            pass


class Server(socketserver.TCPServer):
    allow_reuse_address = True
    request_queue_size = 64

    def handle_error(self, request, client_address):
        sys.exit(f"bug while serving {client_address}: {sys.exc_info()[1]!r}")


if __name__ == "__main__":
    with Server(("127.0.0.1", int(os.environ.get("PORT", "0"))), Echo) as server:
        server.serve_forever()
