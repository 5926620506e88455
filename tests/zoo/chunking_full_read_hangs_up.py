"""A read that fills the buffer is taken for an overlong line, and the client is hung up on.

Clause: chunking/read-boundary
Trigger: a read that returns exactly 1024 bytes
Profile: concurrent
Grade: realistic
Cause: full-read-is-end
"""

import os
import socketserver

LIMIT = 1024


class Echo(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        try:
            while data := self.request.recv(LIMIT):
                if len(data) == LIMIT:  # a line too long for the buffer
                    break
                self.request.sendall(data)
        except ConnectionError:
            pass


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64


with Server(("127.0.0.1", int(os.environ.get("PORT", "0"))), Echo) as server:
    server.serve_forever()
