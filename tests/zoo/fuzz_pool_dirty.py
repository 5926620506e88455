"""Output buffers come from a pool and go back to it as they are when a connection fails; the next
one that takes a dirty buffer sends another client's bytes first.

Clause: sessions/no-leftovers
Trigger: a reset with data under way, then enough clients to take that buffer again
Profile: concurrent
Grade: nasty
Cause: leftover-of-earlier
"""

import collections
import contextlib
import os
import socket
import threading
import time

pool = collections.deque(bytearray() for _ in range(4))


def echo(conn, buffer):
    while data := conn.recv(8192):
        buffer += data
        while buffer:
            del buffer[: conn.send(buffer)]


def serve(conn):
    try:
        buffer = pool.popleft()
    except IndexError:
        buffer = bytearray()
    with conn, contextlib.suppress(OSError):
        echo(conn, buffer)
    pool.append(buffer)


def main():
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    while True:
        try:
            conn, _ = listener.accept()
        except OSError:
            time.sleep(0.05)
            continue
        threading.Thread(target=serve, args=(conn,), daemon=True).start()


if __name__ == "__main__":
    main()
