"""
Bug: every connection is duplicated for a statistics page and the duplicates are never closed:
    each client that has been here costs one descriptor, until none is left, and no connection
    really ends.
Cause: copy-kept-open
Also: descriptor-leak, never-closes
Caught by: resources/descriptors
Profile: concurrent
Port: $PORT
"""

import os
import socket
import threading
import time

statistics = []


class Counter:
    def __init__(self, conn):
        self.conn = conn.dup()
        self.received = 0


def worker(conn):
    counter = Counter(conn)
    statistics.append(counter)
    try:
        while data := conn.recv(4096):
            counter.received += len(data)
            conn.sendall(data)
        conn.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    finally:
        conn.close()


listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=64)
while True:
    try:
        conn, _ = listener.accept()
    except OSError:
        time.sleep(0.1)
    else:
        threading.Thread(target=worker, args=[conn], daemon=True).start()
