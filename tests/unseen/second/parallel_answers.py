"""
Bug: each read is answered by a task of its own in a pool of four threads, so answers of one
    connection overtake one another.
Cause: answers-overtake
Also: unbounded-buffer
Profile: concurrent
Port: $PORT
"""

import os
import socket
import threading
import time
import zlib
from concurrent.futures import ThreadPoolExecutor


class Connection(threading.Thread):
    def __init__(self, sock):
        super().__init__(daemon=True)
        self.sock = sock
        self.checksums = 0

    def answer(self, data):
        self.checksums ^= zlib.crc32(data)
        self.sock.sendall(data)

    def run(self):
        with self.sock, ThreadPoolExecutor(max_workers=4) as workers:
            try:
                while data := self.sock.recv(1024):
                    workers.submit(self.answer, data)
            except OSError:
                pass


def accept_all(server):
    while True:
        try:
            sock, _ = server.accept()
        except OSError:
            time.sleep(0.1)
            continue
        Connection(sock).start()


accept_all(socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=128))
