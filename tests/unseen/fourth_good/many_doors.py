"""
Style: six threads call accept() on the same listener; each starts a thread for whom it lets in. A
    thread reads with MSG_PEEK first, sends that, and takes away what was sent.
Profile: concurrent
Port: $PORT
"""

import os
import socket
import threading
import time


def serve(sock):
    with sock:
        try:
            while seen := sock.recv(6000, socket.MSG_PEEK):
                count = sock.send(seen)
                while count:
                    count -= len(sock.recv(count))
        except OSError:
            pass


def door(listener):
    while True:
        try:
            sock, _ = listener.accept()
        except OSError:
            time.sleep(0.2)
            continue
        threading.Thread(target=serve, args=(sock,), daemon=True).start()


listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=128)
doors = [threading.Thread(target=door, args=(listener,), daemon=True) for _ in range(6)]
for one in doors:
    one.start()
for one in doors:
    one.join()
