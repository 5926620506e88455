"""A read that does not fit at the end of the ring buffer is cut there; its other part is forgotten.

Clause: identity/counter
Trigger: a read across a multiple of 1048576 bytes, so sizes that do not divide it
Profile: sequential
Grade: nasty
Cause: ring-wrap
"""

import contextlib
import os
import socket
import time

SIZE = 1024 * 1024


def echo(client: socket.socket) -> None:
    ring = memoryview(bytearray(SIZE))
    position = 0
    while data := client.recv(1024):
        end = min(position + len(data), SIZE)
        ring[position:end] = data[: end - position]
        client.sendall(ring[position:end])
        position = end % SIZE


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
