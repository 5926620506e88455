"""Any client that sends the word shutdown stops the whole server, which was put in for the tests.

Clause: identity/looks-like-a-command
Trigger: a read that begins with shutdown
Profile: sequential
Grade: nasty
Cause: magic-word
"""

import contextlib
import os
import socket
import sys
import time


def echo(client: socket.socket) -> None:
    while True:
        data = client.recv(1024)
        if not data:
            return
        if data.startswith((b"shutdown", b"SHUTDOWN")):
            sys.exit()
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
