"""The loop is a for loop over a hundred reads, after which the connection is closed.

Clause: chunking/byte-by-byte
Trigger: more than a hundred reads on one connection
Profile: sequential
Grade: nasty
Cause: reads-quota
"""

import contextlib
import os
import socket
import time

MAX_MESSAGES = 100


def echo(client: socket.socket) -> None:
    for _ in range(MAX_MESSAGES):
        data = client.recv(65536)
        if not data:
            break
        client.sendall(data)


with socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0")))) as listener:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            time.sleep(0.05)
            continue
        with client, contextlib.suppress(ConnectionError):
            echo(client)
