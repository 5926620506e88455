"""A quota against floods hangs up after eight mebibytes, though the contract knows no limit.

Clause: identity/long-stream
Trigger: more than 8 MiB on one connection
Profile: concurrent
Grade: realistic
Cause: bytes-quota
"""

import os
import socketserver

QUOTA = 8 * 1024 * 1024


class Echo(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        left = QUOTA
        try:
            while left > 0 and (data := self.request.recv(min(left, 8192))):
                self.request.sendall(data)
                left -= len(data)
        except ConnectionError:
            pass


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64


with Server(("127.0.0.1", int(os.environ.get("PORT", "0"))), Echo) as server:
    server.serve_forever()
