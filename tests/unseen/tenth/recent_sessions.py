"""
Bug: a file object made from the socket is not closed, and the list of recent sessions keeps it;
    as long as it is there the socket's close() closes nothing, and the client waits for the end.
Cause: copy-kept-open, never-closes
Also: descriptor-leak
Profile: concurrent
Port: $PORT
"""

import os
import socket
import threading
import time
from collections import deque


class Session:
    def __init__(self, conn: socket.socket, peer: tuple) -> None:
        self.conn = conn
        self.peer = peer
        self.stream = conn.makefile("rb", buffering=0)
        self.started = time.time()
        self.ended: float | None = None

    def run(self) -> None:
        try:
            while chunk := self.stream.read(65536):
                self.conn.sendall(chunk)
        except ConnectionError:
            pass
        finally:
            self.ended = time.time()
            self.conn.close()

    def __str__(self) -> str:
        state = "open" if self.ended is None else f"{self.ended - self.started:.1f} s"
        return f"{self.peer[0]}:{self.peer[1]} {state}"


class Server:
    def __init__(self, port: int) -> None:
        self.listener = socket.create_server(("127.0.0.1", port), backlog=500)
        self.recent: deque[Session] = deque(maxlen=50)

    def status(self) -> str:
        return "\n".join(str(session) for session in self.recent)

    def serve_forever(self) -> None:
        while True:
            try:
                conn, peer = self.listener.accept()
            except OSError:
                time.sleep(0.05)
                continue
            session = Session(conn, peer)
            self.recent.append(session)
            threading.Thread(target=session.run, daemon=True).start()


Server(int(os.environ["PORT"])).serve_forever()
