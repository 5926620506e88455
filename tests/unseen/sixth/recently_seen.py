"""
Bug: a filter against messages that arrive twice drops what has the digest of one of the last 32
    messages of the same connection, also when the client means to say it again.
Cause: repetitions-dropped
Profile: concurrent
Port: $PORT
"""

import collections
import hashlib
import os
import socket
import threading
import time


class DuplicateFilter:
    def __init__(self, window: int = 32) -> None:
        self._recent: collections.deque[bytes] = collections.deque(maxlen=window)

    def is_new(self, message: bytes) -> bool:
        digest = hashlib.blake2b(message, digest_size=16).digest()
        if digest in self._recent:
            return False
        self._recent.append(digest)
        return True


def converse(sock: socket.socket) -> None:
    messages = DuplicateFilter()
    with sock:
        try:
            while (message := sock.recv(32 * 1024)) != b"":
                if messages.is_new(message):
                    sock.sendall(message)
        except OSError:
            pass


with socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=128) as door:
    while True:
        try:
            guest, _ = door.accept()
        except OSError:
            time.sleep(0.1)
            continue
        threading.Thread(target=converse, args=(guest,), daemon=True).start()
