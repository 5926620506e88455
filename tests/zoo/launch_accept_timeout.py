"""A timeout on the listener makes accept() raise when nobody comes, and nothing catches it.

Clause: launch/stays-up
Trigger: no new client for one and a half seconds
Profile: sequential
Grade: realistic
Cause: accept-error-ends
"""

import contextlib
import os
import socket


def echo(client: socket.socket) -> None:
    with client:
        while data := client.recv(1024):
            client.sendall(data)


def serve(listener: socket.socket) -> None:
    while True:
        client, _ = listener.accept()
        with contextlib.suppress(ConnectionError):
            echo(client)


with socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0")))) as server:
    server.settimeout(1.5)
    serve(server)
