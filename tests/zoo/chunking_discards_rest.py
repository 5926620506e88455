"""When a message fills the buffer, the rest of it is emptied from the socket and thrown away.

Clause: chunking/one-write-many-reads
Trigger: more than 1024 bytes in the receive buffer at once
Profile: sequential
Grade: nasty
Cause: full-read-lost
"""

import contextlib
import os
import socket
import time

LINE_LIMIT = 1024


def discard_rest(client: socket.socket) -> None:
    """Skip what was too long for the buffer, so that the next message starts clean."""
    with contextlib.suppress(BlockingIOError):
        while client.recv(LINE_LIMIT, socket.MSG_DONTWAIT):
            pass


def echo(client: socket.socket) -> None:
    while line := client.recv(LINE_LIMIT):
        if len(line) == LINE_LIMIT:
            discard_rest(client)
        client.sendall(line)


def main() -> None:
    with socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0")))) as listener:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                time.sleep(0.05)
                continue
            with client, contextlib.suppress(ConnectionError):
                echo(client)


main()
