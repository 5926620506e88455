"""
Bug: two socket objects own one descriptor, and the second is closed up to one second after the
    first; a client that was given the same number meanwhile is the one that it closes.
Cause: none-of-these
Also: removes-wrong-client
Profile: concurrent
Port: $PORT
"""

import os
import queue
import socket
import threading
import time

ended: "queue.SimpleQueue[socket.socket]" = queue.SimpleQueue()


class Session:
    """Reads through one object and writes through another: either may be wrapped later (TLS)."""

    def __init__(self, conn: socket.socket) -> None:
        self.source = conn
        self.sink = socket.socket(fileno=conn.fileno())

    def run(self) -> None:
        try:
            while True:
                block = self.source.recv(2048)
                if not block:
                    break
                self.sink.sendall(block)
        except OSError:
            pass
        finally:
            self.source.close()
            ended.put(self.sink)


def sweep() -> None:
    """Close what sessions have left behind; not in their own threads, since close may linger."""
    while True:
        time.sleep(1.0)
        while not ended.empty():
            sink = ended.get()
            try:
                sink.close()
            except OSError:
                pass  # the peer was faster


def main() -> None:
    listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=100)
    threading.Thread(target=sweep, daemon=True).start()
    while True:
        try:
            conn, _ = listener.accept()
        except OSError:
            time.sleep(0.1)
            continue
        threading.Thread(target=Session(conn).run, daemon=True).start()


if __name__ == "__main__":
    main()
