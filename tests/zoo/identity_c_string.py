"""The buffer is read as a C string, which ends at the first NUL: what follows in that read is lost.

Clause: identity/nul-bytes
Trigger: a zero byte
Profile: sequential
Grade: realistic
Cause: cut-at-nul
"""

import contextlib
import ctypes
import os
import socket
import time

BUFFER_SIZE = 1024


def echo(client: socket.socket) -> None:
    buffer = ctypes.create_string_buffer(BUFFER_SIZE + 1)
    while count := client.recv_into(buffer, BUFFER_SIZE):
        buffer[count] = b"\0"
        client.sendall(buffer.value)


listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
while True:
    try:
        client, _ = listener.accept()
    except OSError:
        time.sleep(0.05)
        continue
    with client, contextlib.suppress(ConnectionError):
        echo(client)
