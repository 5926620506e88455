"""A read that begins with Ctrl-C hangs up on the client, though the byte is data like any other.

Clause: identity/control-bytes
Trigger: a read that begins with the byte 0x03
Profile: sequential
Grade: realistic
Cause: magic-byte
"""

import os
import socketserver


class Handler(socketserver.StreamRequestHandler):
    rbufsize = 0

    def handle(self) -> None:
        try:
            while data := self.connection.recv(1024):
                if data[:1] == b"\x03":  # the user pressed Ctrl-C
                    break
                self.wfile.write(data)
        except ConnectionError:
            pass


class Server(socketserver.TCPServer):
    allow_reuse_address = True
    request_queue_size = 32


with Server(("127.0.0.1", int(os.environ.get("PORT", "0"))), Handler) as server:
    server.serve_forever()
