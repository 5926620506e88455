"""
Bug: the first byte is read through the buffered rfile, which takes in all that came with it, and
    the rest from the socket itself; what lies in the buffer of rfile is never sent back.
Cause: rest-of-read-discarded
Also: first-read-lost
Profile: concurrent
Port: $PORT
"""

import contextlib
import os
import socketserver

# First byte of a TLS ClientHello record. Counted here; refused by the proxy in front of us.
TLS_HANDSHAKE = b"\x16"

stats = {"plain": 0, "tls": 0}


class Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        with contextlib.suppress(ConnectionError):
            first = self.rfile.read(1)
            if not first:
                return
            stats["tls" if first == TLS_HANDSHAKE else "plain"] += 1
            self.request.sendall(first)
            self.relay()

    def relay(self) -> None:
        while chunk := self.request.recv(16 * 1024):
            self.request.sendall(chunk)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128


if __name__ == "__main__":
    with Server(("127.0.0.1", int(os.environ["PORT"])), Handler) as server:
        server.serve_forever()
