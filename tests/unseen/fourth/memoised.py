"""
Bug: transform() is cached without a limit, "because it is pure", and the cache keeps every message
    of every session, and the sessions.
Cause: memory-leak
Caught by: resources/memory
Profile: concurrent
Port: $PORT
"""

import functools
import os
import socket
import threading
import time


class Session:
    def __init__(self, conn):
        self.conn = conn
        self.scratch = bytearray(64 * 1024)

    @functools.cache
    def transform(self, message):
        # An echo server sends back what it gets.
        return bytes(message)

    def __call__(self):
        with self.conn:
            try:
                while count := self.conn.recv_into(self.scratch):
                    self.conn.sendall(self.transform(bytes(self.scratch[:count])))
            except OSError:
                pass


def main():
    server = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=100)
    while True:
        try:
            conn, _ = server.accept()
        except OSError:
            time.sleep(0.1)
            continue
        threading.Thread(target=Session(conn), daemon=True).start()


main()
