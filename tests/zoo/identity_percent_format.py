"""What the client sends is used as a format string, so percent signs in it are interpreted.

Clause: identity/format-directives
Trigger: a percent sign
Profile: concurrent
Grade: realistic
Cause: format-string
"""

import os
import socketserver


class Handler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        host, port = self.client_address
        fields = {"host": host, "port": port}
        try:
            while data := self.request.recv(1024):
                reply = data.decode("latin-1") % fields
                self.request.sendall(reply.encode("latin-1"))
        except ConnectionError:
            pass


class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64


with Server(("127.0.0.1", int(os.environ.get("PORT", "0"))), Handler) as server:
    server.serve_forever()
