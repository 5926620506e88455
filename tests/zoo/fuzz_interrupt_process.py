"""The pair 0xFF 0xF4, Telnet's "interrupt process", is taken out of the stream because one client
program sends it at Ctrl-C.

Clause: identity/telnet-bytes
Trigger: the bytes 0xFF 0xF4 in one read
Profile: concurrent
Grade: realistic
Cause: telnet
"""

import contextlib
import os
import socketserver

INTERRUPT_PROCESS = b"\xff\xf4"


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        try:
            while data := self.rfile.read1(8192):
                self.wfile.write(data.replace(INTERRUPT_PROCESS, b""))
        except OSError:
            pass

    def finish(self):
        with contextlib.suppress(OSError):
            super().finish()


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128


if __name__ == "__main__":
    with Server(("127.0.0.1", int(os.environ.get("PORT", "0"))), Handler) as server:
        server.serve_forever()
