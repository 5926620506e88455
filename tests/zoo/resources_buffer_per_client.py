"""The table of clients is never cleaned: each entry keeps the 64 KiB buffer of a connection that
has long been closed.

Clause: resources/memory
Trigger: many connections, one after another
Profile: sequential
Grade: realistic
Cause: memory-leak
"""

import os
import socket
import time


class Session:
    def __init__(self, conn, peer):
        self.conn = conn
        self.peer = peer
        self.buffer = bytearray(os.urandom(64)) * 1024

    def echo(self):
        with self.conn, memoryview(self.buffer) as view:
            while count := self.conn.recv_into(view):
                self.conn.sendall(view[:count])


def main():
    sessions = []
    with socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0")))) as listener:
        while True:
            try:
                conn, peer = listener.accept()
            except OSError:
                time.sleep(0.05)
                continue
            sessions.append(Session(conn, peer))
            try:
                sessions[-1].echo()
            except OSError:
                continue


if __name__ == "__main__":
    main()
