"""The loop is a function that calls itself, so Python's recursion limit ends the connection.

Clause: chunking/cumulative
Trigger: about a thousand reads on one connection
Profile: concurrent
Grade: realistic
Cause: recursion
"""

import contextlib
import os
import socket
import threading
import time


def echo(client: socket.socket) -> None:
    data = client.recv(1024)
    if data:
        client.sendall(data)
        echo(client)


def serve(client: socket.socket) -> None:
    with client, contextlib.suppress(ConnectionError):
        echo(client)


def main() -> None:
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            time.sleep(0.05)
            continue
        threading.Thread(target=serve, args=(client,), daemon=True).start()


main()
