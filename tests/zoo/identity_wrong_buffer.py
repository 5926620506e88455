"""Two buffers are swapped before the reply is sent, so the old contents go out, not what was read.

Clause: identity/hello
Trigger: any exchange
Profile: sequential
Grade: obvious
Cause: one-behind | stale-buffer
"""

import contextlib
import os
import socket
import time


def echo(client: socket.socket) -> None:
    front, back = memoryview(bytearray(1024)), memoryview(bytearray(1024))
    while count := client.recv_into(front):
        front, back = back, front
        client.sendall(front[:count])


def main() -> None:
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            time.sleep(0.05)
            continue
        with client, contextlib.suppress(ConnectionError):
            echo(client)


main()
