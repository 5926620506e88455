"""SO_SNDTIMEO is set "so that nobody can block the server"; when it runs out send() fails with
EAGAIN, and the echo to a stalled reader ends in the middle.

Clause: partial-send/stalled-reader
Trigger: a reader that stalls for more than a second with the buffers full
Profile: sequential
Grade: realistic
Cause: gives-up-on-slow-reader | would-block-closes
"""

import contextlib
import os
import socket
import struct
import time

HALF_A_SECOND = struct.pack("ll", 0, 500_000)


def serve(conn):
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, HALF_A_SECOND)
    buffer = bytearray(4096)
    view = memoryview(buffer)
    while count := conn.recv_into(buffer):
        conn.sendall(view[:count])


def main():
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    while True:
        try:
            conn, _ = listener.accept()
        except OSError:
            time.sleep(0.05)
            continue
        with conn, contextlib.suppress(OSError):
            serve(conn)


if __name__ == "__main__":
    main()
