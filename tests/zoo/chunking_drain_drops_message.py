"""After a full read it looks for more, and if it finds the end of stream, forgets what it had read.

Clause: chunking/exact-read-then-end
Trigger: a read that returns exactly 1024 bytes with the end of stream right behind it
Profile: concurrent
Grade: nasty
Cause: full-read-before-end-lost | end-with-data-lost
"""

import os
import socket
import threading
import time

CHUNK, LIMIT = 1024, 65536


def take(client: socket.socket) -> bytes:
    data = client.recv(CHUNK)
    while 0 < len(data) < LIMIT and len(data) % CHUNK == 0:
        try:
            more = client.recv(CHUNK, socket.MSG_DONTWAIT)
        except BlockingIOError:
            break
        if not more:
            return b""
        data += more
    return data


def serve(client: socket.socket) -> None:
    with client:
        try:
            while data := take(client):
                client.sendall(data)
        except ConnectionError:
            pass


with socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0")))) as listener:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            time.sleep(0.05)
            continue
        threading.Thread(target=serve, args=(client,), daemon=True).start()
