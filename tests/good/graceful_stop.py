"""On SIGTERM it closes the listener, gives its clients half a second to finish, exits with 0.

Style: threads, graceful stop on SIGTERM
Profile: concurrent
"""

import contextlib
import os
import signal
import socket
import sys
import threading
import time
from types import FrameType

GRACE = 0.5


def stop(_signal: int, _frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # once is enough
    raise KeyboardInterrupt


class Server:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.clients: dict[socket.socket, threading.Thread] = {}

    def echo(self, conn: socket.socket) -> None:
        try:
            with contextlib.suppress(OSError):
                while data := conn.recv(4096):
                    conn.sendall(data)
        finally:
            with self.lock:
                del self.clients[conn]
            conn.close()

    def accept(self, listener: socket.socket) -> None:
        while True:
            try:
                conn, _ = listener.accept()
            except OSError:
                time.sleep(0.05)
                continue
            thread = threading.Thread(target=self.echo, args=(conn,), daemon=True)
            with self.lock:
                self.clients[conn] = thread
            thread.start()

    def finish(self) -> None:
        """Take no more input, and wait a little for what was read before to be sent back."""
        deadline = time.monotonic() + GRACE
        with self.lock:
            clients = dict(self.clients)
        for conn in clients:
            with contextlib.suppress(OSError):
                conn.shutdown(socket.SHUT_RD)
        for thread in clients.values():
            with contextlib.suppress(RuntimeError):  # stopped before it was started
                thread.join(max(0.0, deadline - time.monotonic()))


def main() -> int:
    server = Server()
    port = int(os.environ.get("PORT", "0"))
    with contextlib.suppress(KeyboardInterrupt):
        signal.signal(signal.SIGTERM, stop)
        with socket.create_server(("127.0.0.1", port), backlog=128) as listener:
            server.accept(listener)
    server.finish()
    return 0


if __name__ == "__main__":
    sys.exit(main())
