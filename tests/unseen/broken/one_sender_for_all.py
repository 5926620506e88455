"""
Bug: readers put answers into one queue and a single thread sends them all with sendall(); when
    one client does not read, that thread waits for it and nobody else gets an answer.
Cause: blocked-by-stalled-reader
Caught by: sessions/stalled-client-aside
Profile: concurrent
Port: $PORT
"""

import os
import queue
import socket
import threading
import time

outbox = queue.Queue(maxsize=64)


def sender():
    while True:
        conn, data = outbox.get()
        try:
            if data:
                conn.sendall(data)
            else:
                conn.close()
        except OSError:
            conn.close()


def reader(conn):
    try:
        while data := conn.recv(65536):
            outbox.put((conn, data))
    except OSError:
        pass
    outbox.put((conn, b""))


def main():
    threading.Thread(target=sender, daemon=True).start()
    with socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=50) as listener:
        while True:
            try:
                conn, _ = listener.accept()
            except OSError:
                time.sleep(0.1)
                continue
            threading.Thread(target=reader, args=(conn,), daemon=True).start()


main()
