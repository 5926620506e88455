"""The telnet sequence for Ctrl-C, IAC IP, is taken from the data and closes the connection.

Clause: identity/telnet-bytes
Trigger: 0xFF 0xF4 in one read
Profile: sequential
Grade: nasty
Cause: telnet
"""

import contextlib
import os
import socket
import time

INTERRUPT_PROCESS = b"\xff\xf4"


def echo(client: socket.socket) -> None:
    while data := client.recv(1024):
        if INTERRUPT_PROCESS in data:
            return
        client.sendall(data)


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


if __name__ == "__main__":
    main()
