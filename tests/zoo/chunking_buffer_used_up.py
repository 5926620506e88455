"""Reads fill a buffer of 64 KiB one behind the other; once it is full, recv_into() returns 0.

Clause: chunking/cumulative
Trigger: more than 65536 bytes on one connection
Profile: sequential
Grade: nasty
Cause: bytes-quota | counter-wraps
"""

import contextlib
import os
import socket
import time

BUFFER_SIZE = 64 * 1024


def echo(client: socket.socket) -> None:
    buffer = memoryview(bytearray(BUFFER_SIZE))
    position = 0
    while count := client.recv_into(buffer[position : position + 1024]):
        client.sendall(buffer[position : position + count])
        position += count


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
