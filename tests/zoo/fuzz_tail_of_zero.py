"""Reads of 3072 bytes and more are sent as aligned blocks and a tail, by data[:-tail]; when the
tail is 0 that slice is empty, and the whole read is lost.

Clause: chunking/read-boundary
Trigger: a read of 3072, 4096, ... bytes, a multiple of 1024
Profile: concurrent
Grade: realistic
Cause: exact-size
"""

import os
import socket
import threading
import time

BLOCK = 1024


def send_blocks(conn, data):
    if len(data) < 3 * BLOCK:
        conn.sendall(data)
        return
    tail = len(data) % BLOCK
    conn.sendall(data[:-tail])
    conn.sendall(data[len(data) - tail :])


def serve(conn):
    with conn:
        try:
            while data := conn.recv(8000):
                send_blocks(conn, data)
        except OSError:
            pass


def main():
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    while True:
        try:
            conn, _ = listener.accept()
        except OSError:
            time.sleep(0.05)
            continue
        threading.Thread(target=serve, args=(conn,), daemon=True).start()


if __name__ == "__main__":
    main()
