"""A timeout of a second, set on the connection so that an idle read can be retried, holds for
sendall() too: there it is not retried, and a reader that stalls is cut off in mid-stream.

Clause: partial-send/stalled-reader
Trigger: a reader that stalls for more than a second with the buffers full
Profile: concurrent
Grade: realistic
Cause: gives-up-on-slow-reader | would-block-closes
"""

import os
import socket
import socketserver


class EchoHandler(socketserver.BaseRequestHandler):
    def setup(self):
        self.request.settimeout(1.0)

    def handle(self):
        try:
            while data := self.read():
                self.request.sendall(data)
        except OSError:
            pass

    def read(self):
        while True:
            try:
                return self.request.recv(1024)
            except TimeoutError:
                continue  # idle clients are welcome


class EchoServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def get_request(self):
        conn, address = super().get_request()
        conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return conn, address


if __name__ == "__main__":
    with EchoServer(("127.0.0.1", int(os.environ.get("PORT", "0"))), EchoHandler) as server:
        server.serve_forever()
