"""Serves one client on PORT, closes the listener at once, exits with 0 also when it is reset.

Style: one-shot, blocking, listener closed right after accept
Profile: one-shot
"""

import contextlib
import os
import socket
import time


def accept_one(listener: socket.socket) -> socket.socket:
    while True:
        try:
            return listener.accept()[0]
        except OSError:  # out of descriptors, or the client has left: the next try may do
            time.sleep(0.05)


def main() -> None:
    with socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0")))) as listener:
        conn = accept_one(listener)
    with conn, contextlib.suppress(ConnectionError):
        while data := conn.recv(4096):
            conn.sendall(data)


if __name__ == "__main__":
    main()
