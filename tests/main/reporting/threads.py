"""An echo server with a thread for each client, which ends with ConnectionResetError when that is
reset; ``--fails`` lets it end with an error of its own."""

import os
import socket
import sys
import threading
import time


def serve(conn):
    size = 0
    with conn:
        while data := conn.recv(65536):
            size += len(data)
            conn.sendall(data)
    if size == 1 and first.acquire(blocking=False):  # threads that print at once mix their lines
        print("error: this is no error; Exception in thread: none", file=sys.stderr, flush=True)
        if "--fails" in sys.argv:
            raise ValueError("nobody sees this")


first = threading.Lock()
"""Whoever has it is the first, and keeps it."""


with socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=64) as listener:
    while True:
        try:
            conn, _ = listener.accept()
        except OSError:
            time.sleep(0.05)
            continue
        threading.Thread(target=serve, args=(conn,), daemon=True).start()
