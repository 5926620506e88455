"""Sends each reply in two halves with Nagle's algorithm left on: late perhaps, but whole.

Style: threads, two sends for each reply, Nagle left on
Profile: concurrent
"""

import contextlib
import os
import socket
import threading
import time


def serve(conn: socket.socket) -> None:
    with conn, contextlib.suppress(OSError):
        while data := conn.recv(8192):
            half = len(data) // 2
            conn.sendall(data[:half])
            conn.sendall(data[half:])


def main() -> None:
    port = int(os.environ.get("PORT", "0"))
    with socket.create_server(("127.0.0.1", port), backlog=128) as listener:
        while True:
            try:
                conn, _ = listener.accept()
            except OSError:
                time.sleep(0.05)
                continue
            threading.Thread(target=serve, args=(conn,), daemon=True).start()


if __name__ == "__main__":
    main()
