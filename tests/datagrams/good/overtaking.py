"""Threads that sleep a little: answers come in any order, the last sometimes first.

Style: threads, reordering
Profile: sequential
"""

import os
import random
import socket
import threading
import time

PORT = int(os.environ.get("PORT", "0"))


def answer(server: socket.socket, data: bytes, peer: tuple[str, int]) -> None:
    time.sleep(random.random() / 100)
    server.sendto(data, peer)


with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind(("127.0.0.1", PORT))
    while True:
        data, peer = server.recvfrom(65535)
        threading.Thread(target=answer, args=(server, data, peer)).start()
