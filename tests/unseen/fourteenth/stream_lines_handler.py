"""
Bug: the handler reads with readline(), so a message without a newline is answered only when one
    comes, when 64 KiB have come, or when the client ends.
Cause: waits-for-newline
Profile: concurrent
Port: $PORT
"""

import os
import socketserver


class EchoHandler(socketserver.StreamRequestHandler):
    """Sends back everything the client says."""

    def handle(self):
        try:
            while True:
                data = self.rfile.readline(65536)
                if not data:
                    break
                self.wfile.write(data)
        except ConnectionError:
            pass

    def finish(self):
        try:
            super().finish()
        except ConnectionError:
            pass


class EchoServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request, client_address):
        pass


if __name__ == "__main__":
    address = ("127.0.0.1", int(os.environ["PORT"]))
    with EchoServer(address, EchoHandler) as server:
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            server.shutdown()
