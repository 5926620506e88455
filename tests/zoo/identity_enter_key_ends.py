"""A read of a single byte is taken for a lone Enter key and ends the conversation unanswered.

Clause: identity/one-byte
Trigger: a read that returns one byte
Profile: sequential
Grade: realistic
Cause: exact-size
"""

import contextlib
import os
import socket
import time


def converse(client: socket.socket) -> None:
    while True:
        data = client.recv(1024)
        if len(data) <= 1:  # nothing typed, or only Enter
            return
        client.sendall(data)


listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
while True:
    try:
        client, _ = listener.accept()
    except OSError:
        time.sleep(0.05)
        continue
    with client, contextlib.suppress(ConnectionError):
        converse(client)
