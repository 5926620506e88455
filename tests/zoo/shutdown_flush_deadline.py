"""One second after the end of the input, what the client has not taken yet is thrown away.

Clause: shutdown/lagging-reader
Trigger: megabytes under way at the half-close, read more than a second later
Profile: concurrent
Grade: nasty
Cause: gives-up-on-slow-reader | pending-dropped-at-end | stalled-output-dropped
"""

import fcntl
import os
import socket
import struct
import sys
import termios
import threading
import time

GRACE = 1.0
ABORT = struct.pack("ii", 1, 0)


def unsent(client: socket.socket) -> int:
    """Bytes in the send queue that the client has not acknowledged (SIOCOUTQ)."""
    answer = fcntl.ioctl(client, termios.TIOCOUTQ, b"\0" * 4)
    return int.from_bytes(answer, sys.byteorder)


def finish(client: socket.socket) -> None:
    client.shutdown(socket.SHUT_WR)
    deadline = time.monotonic() + GRACE
    while unsent(client) and time.monotonic() < deadline:
        time.sleep(0.005)
    if unsent(client):  # do not leave it to the kernel for minutes
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT)


def serve(client: socket.socket) -> None:
    with client:
        try:
            while data := client.recv(4096):
                client.sendall(data)
            finish(client)
        except OSError:
            pass


with socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0")))) as listener:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            time.sleep(0.05)
            continue
        threading.Thread(target=serve, args=(client,), daemon=True).start()
