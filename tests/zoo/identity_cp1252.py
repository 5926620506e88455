"""Text passes through code page 1252, which has no character for five of the 256 byte values.

Clause: identity/every-byte-value
Trigger: one of the bytes 0x81, 0x8D, 0x8F, 0x90, 0x9D
Profile: concurrent
Grade: nasty
Cause: lossy-decoding
"""

import os
import socketserver

ENCODING = "cp1252"


class Echo(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        try:
            while data := self.rfile.read1(1024):
                text = data.decode(ENCODING, errors="replace")
                self.wfile.write(text.encode(ENCODING, errors="replace"))
        except ConnectionError:
            pass


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64


if __name__ == "__main__":
    with Server(("127.0.0.1", int(os.environ.get("PORT", "0"))), Echo) as server:
        server.serve_forever()
