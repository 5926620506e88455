"""The bytes of a connection are counted in three bytes of a header that it writes to its log; when
they overflow, the exception is taken for an end of the connection.

Clause: identity/long-stream
Trigger: 16,777,216 bytes on one connection
Profile: concurrent
Grade: nasty
Cause: counter-wraps | bytes-quota
"""

import contextlib
import os
import socketserver

HEADER_SIZE = 3


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        total = 0
        with contextlib.suppress(OSError, OverflowError):
            while data := self.request.recv(65536):
                total += len(data)
                self.header = total.to_bytes(HEADER_SIZE, "big")
                self.request.sendall(data)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128


if __name__ == "__main__":
    with Server(("127.0.0.1", int(os.environ.get("PORT", "0"))), Echo) as server:
        server.serve_forever()
