"""A message is taken to end with a short read, so one of exactly 1024 bytes waits for another read.

Clause: chunking/read-boundary
Trigger: a read that returns exactly 1024 bytes and nothing behind it
Profile: sequential
Grade: nasty
Cause: waits-after-full-read | exact-size
"""

import os
import socket
import time


def read_message(client: socket.socket) -> bytearray:
    message = bytearray()
    while True:
        part = client.recv(1024)
        message += part
        if len(part) < 1024:
            return message


with socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0")))) as listener:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            time.sleep(0.05)
            continue
        with client:
            try:
                while message := read_message(client):
                    client.sendall(message)
            except ConnectionError:
                pass
