"""A read shorter than the buffer is taken for the last one, so the connection is closed after it.

Clause: shutdown/not-early
Trigger: a message of fewer than 1024 bytes and then another
Profile: sequential
Grade: realistic
Cause: short-read-is-end
"""

import contextlib
import os
import socket
import time

BUFFER_SIZE = 1024


def echo(client: socket.socket) -> None:
    while True:
        data = client.recv(BUFFER_SIZE)
        client.sendall(data)
        if len(data) < BUFFER_SIZE:
            break


with socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0")))) as listener:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            time.sleep(0.05)
            continue
        with client, contextlib.suppress(ConnectionError):
            echo(client)
