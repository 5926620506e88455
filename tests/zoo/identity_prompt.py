"""A prompt follows each reply, so two bytes come back that nobody sent.

Clause: identity/nothing-extra
Trigger: any exchange and one more
Profile: sequential
Grade: obvious
Cause: prefix-or-suffix
"""

import os
import socketserver


class Shell(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        try:
            while data := self.request.recv(1024):
                self.request.sendall(data)
                self.request.sendall(b"> ")
        except ConnectionError:
            pass


class Server(socketserver.TCPServer):
    allow_reuse_address = True
    request_queue_size = 32


with Server(("127.0.0.1", int(os.environ.get("PORT", "0"))), Shell) as server:
    server.serve_forever()
