"""
Bug: after a message is sent back it is decoded as UTF-8 for the list of recent messages; bytes that
    are no text raise UnicodeDecodeError there, and the connection ends.
Cause: decodes-text
Also: decodes-each-read
Profile: concurrent
Port: $PORT
"""

import os
import socket
import threading
import time
from collections import deque
from dataclasses import dataclass, field


@dataclass
class Traffic:
    """What the status page shows: the last messages, shortened."""

    messages: deque = field(default_factory=lambda: deque(maxlen=50))
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, peer: str, message: str) -> None:
        with self.lock:
            self.messages.append((time.time(), peer, message[:60]))


class ClientThread(threading.Thread):
    def __init__(self, conn: socket.socket, peer: tuple, traffic: Traffic) -> None:
        super().__init__(daemon=True)
        self.conn = conn
        self.peer = f"{peer[0]}:{peer[1]}"
        self.traffic = traffic

    def run(self) -> None:
        with self.conn:
            try:
                while data := self.conn.recv(4096):
                    self.conn.sendall(data)
                    self.traffic.note(self.peer, data.decode("utf-8"))
            except (OSError, ValueError):
                self.traffic.note(self.peer, "connection lost")


def main() -> None:
    traffic = Traffic()
    with socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=200) as listener:
        while True:
            try:
                conn, peer = listener.accept()
            except OSError:
                time.sleep(0.05)
                continue
            ClientThread(conn, peer, traffic).start()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
