"""Bug: SO_LINGER with no time is set on each connection, so what the client has not taken when the
    server closes is thrown away, and the client gets a reset.
Cause: reset-instead-of-fin, pending-dropped-at-end
Profile: concurrent
Port: $PORT
"""

import os
import signal
import socket
import socketserver
import struct
import sys
import threading

HOST = "127.0.0.1"
PORT = int(os.environ["PORT"])
BUFFER_SIZE = 8192


class EchoRequestHandler(socketserver.BaseRequestHandler):
    """Handles one client in its own thread."""

    def setup(self):
        # Low latency, and no pile of sockets in TIME_WAIT under heavy load.
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.request.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def handle(self):
        try:
            while True:
                data = self.request.recv(BUFFER_SIZE)
                if not data:
                    break
                self.request.sendall(data)
        except (ConnectionResetError, BrokenPipeError):
            pass  # the client went away
        except OSError as exc:
            print(f"[{self.client_address}] {exc}", file=sys.stdout)


class RobustEchoServer(socketserver.ThreadingTCPServer):
    """Threaded TCP server with sane defaults."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 1024

    def get_request(self):
        try:
            return super().get_request()
        except OSError:
            # Out of descriptors: let some clients finish first.
            threading.Event().wait(0.05)
            raise


def main():
    with RobustEchoServer((HOST, PORT), EchoRequestHandler) as server:

        def request_shutdown(signum, frame):
            threading.Thread(target=server.shutdown, daemon=True).start()

        signal.signal(signal.SIGTERM, request_shutdown)
        signal.signal(signal.SIGINT, request_shutdown)
        server.serve_forever(poll_interval=0.5)


if __name__ == "__main__":
    main()
