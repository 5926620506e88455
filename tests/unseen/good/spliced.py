"""
Style: no byte is ever read or sent by the program; the kernel moves them from the socket to a
    pipe and from the pipe to the socket, and the inner loop goes on until all have left.
Beside: urgent-data
Profile: concurrent
Port: $PORT
"""

import contextlib
import os
import socket
import threading
import time


@contextlib.contextmanager
def pipe():
    out, into = os.pipe()
    try:
        yield out, into
    finally:
        os.close(out)
        os.close(into)


def echo(conn: socket.socket) -> None:
    with pipe() as (out, into):
        while moved := os.splice(conn.fileno(), into, 30_000):
            while moved:
                moved -= os.splice(out, conn.fileno(), moved)


def serve(conn: socket.socket) -> None:
    with conn, contextlib.suppress(OSError):
        echo(conn)


def main() -> None:
    listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=100)
    while True:
        try:
            conn, _ = listener.accept()
        except OSError:
            time.sleep(0.1)
            continue
        threading.Thread(target=serve, args=(conn,), daemon=True).start()


if __name__ == "__main__":
    main()
