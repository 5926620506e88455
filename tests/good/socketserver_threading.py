"""The standard ThreadingTCPServer with a longer queue and a pause when accept fails.

Style: socketserver.ThreadingTCPServer
Profile: concurrent
"""

import contextlib
import os
import socket
import socketserver
import time


class Echo(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        conn: socket.socket = self.request
        with contextlib.suppress(OSError):
            while data := conn.recv(1024):
                conn.sendall(data)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def get_request(self) -> tuple[socket.socket, tuple[str, int]]:
        try:
            return super().get_request()
        except OSError:
            time.sleep(0.05)  # serve_forever tries again at once: out of descriptors, it would spin
            raise


def main() -> None:
    with Server(("127.0.0.1", int(os.environ.get("PORT", "0"))), Echo) as server:
        server.serve_forever()


if __name__ == "__main__":
    main()
