"""The handler answers one message and returns, and socketserver then closes the connection.

Clause: shutdown/not-early
Trigger: a second message on the same connection
Profile: concurrent
Grade: obvious
Cause: single-read
"""

import os
import socketserver


class Handler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        try:
            data = self.request.recv(65536)
            self.request.sendall(data)
        except ConnectionError:
            pass


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64


with Server(("127.0.0.1", int(os.environ.get("PORT", "0"))), Handler) as server:
    server.serve_forever()
