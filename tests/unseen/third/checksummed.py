"""
Bug: the checksum of each message is computed by a function with an unlimited functools.cache, so
    every message of every client is kept as a key for ever.
Cause: memory-leak
Profile: concurrent
Port: $PORT
"""

import functools
import os
import socket
import threading
import time
import zlib


@functools.cache  # checksums are expensive
def checksum(peer: tuple[str, int], data: bytes) -> str:
    return f"{peer[0]}:{peer[1]} {zlib.crc32(data):08x}"


class Session(threading.Thread):
    def __init__(self, conn: socket.socket, peer: tuple[str, int]) -> None:
        super().__init__(daemon=True)
        self.conn = conn
        self.peer = peer
        self.last = ""

    def run(self) -> None:
        try:
            while data := self.conn.recv(16_000):
                self.last = checksum(self.peer, data)
                self.conn.sendall(data)
        except OSError as error:
            print(f"after {self.last}: {error}")
        finally:
            self.conn.close()


def main() -> None:
    listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=32)
    while True:
        try:
            conn, peer = listener.accept()
        except OSError:
            time.sleep(0.1)
            continue
        Session(conn, peer).start()


main()
