"""
Bug: the handler loops over range(100) instead of for ever: after a hundred reads the connection
    is closed, in the middle of whatever the client is doing.
Cause: reads-quota
Caught by: chunking/byte-by-byte
Profile: concurrent
Port: $PORT
"""

import os
import socket
import threading
import time

MAX_MESSAGES = 100


def handle(conn: socket.socket) -> None:
    with conn:
        for _ in range(MAX_MESSAGES):
            try:
                data = conn.recv(65536)
                conn.sendall(data)
            except OSError:
                return
            if not data:
                return
        print("too many messages")


def serve(port: int) -> None:
    with socket.create_server(("127.0.0.1", port), backlog=64) as listener:
        while True:
            try:
                conn, _ = listener.accept()
            except OSError:
                time.sleep(0.1)
                continue
            threading.Thread(target=handle, args=(conn,), daemon=True).start()


serve(int(os.environ["PORT"]))
