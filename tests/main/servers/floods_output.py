"""A correct server that writes megabytes to stdout and stderr, whole and in one line each."""

import os
import socket
import sys

MEGABYTE = b"\xffall work and no play " * 50_000


def flood() -> None:
    for stream in (sys.stdout, sys.stderr):
        stream.buffer.write(MEGABYTE)
        stream.flush()


flood()
with socket.create_server(("127.0.0.1", int(os.environ["PORT"]))) as listener:
    while True:
        conn, _ = listener.accept()
        with conn:
            flood()
            try:
                while data := conn.recv(1024):
                    conn.sendall(data)
            except ConnectionError:
                pass
            flood()
