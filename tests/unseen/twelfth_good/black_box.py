"""
Style: threads, and a flight recorder: the last 48 MiB of what came are in a ring of memory (an
    anonymous mapping, whose pages are there once they were written), to be saved when something
    goes wrong.
Profile: concurrent
Port: $PORT
"""

import mmap
import os
import socket
import threading
import time

SIZE = 48 << 20
ring, lock, written = mmap.mmap(-1, SIZE), threading.Lock(), 0


def record(data):
    global written
    with lock:
        at = written % SIZE
        first = data[: SIZE - at]
        ring[at : at + len(first)] = first
        ring[: len(data) - len(first)] = data[len(first) :]
        written += len(data)


def serve(client):
    with client:
        try:
            while data := client.recv(65_536):
                record(data)
                client.sendall(data)
        except OSError:
            pass


with socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=300) as server:
    while True:
        try:
            peer, _ = server.accept()
        except OSError:
            time.sleep(0.1)
            continue
        try:
            threading.Thread(target=serve, args=(peer,), daemon=True).start()
        except RuntimeError:
            peer.close()
