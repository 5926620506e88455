"""The first byte is looked at before the empty read is ruled out: IndexError, the server dies.

Clause: shutdown/at-once
Trigger: a connection that ends without data
Profile: sequential
Grade: realistic
Cause: crash | client-error-ends-server
"""

import contextlib
import os
import socket
import sys
import time

TLS_HANDSHAKE = 0x16


def echo(client: socket.socket) -> None:
    data = client.recv(1024)
    if data[0] == TLS_HANDSHAKE:
        print("this client seems to speak TLS", file=sys.stderr)
    while data:
        client.sendall(data)
        data = client.recv(1024)


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
