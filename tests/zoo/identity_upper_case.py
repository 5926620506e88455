"""The handler is the one of the socketserver documentation, which answers in upper case.

Clause: identity/hello
Trigger: any lower-case letter
Profile: sequential
Grade: obvious
Cause: case-changed
"""

import os
import socketserver


class Handler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        try:
            while data := self.request.recv(1024):
                self.request.sendall(data.upper())
        except ConnectionError:
            pass


class Server(socketserver.TCPServer):
    allow_reuse_address = True
    request_queue_size = 32


with Server(("127.0.0.1", int(os.environ.get("PORT", "0"))), Handler) as server:
    server.serve_forever()
