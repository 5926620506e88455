"""Thinks for 20 ms before each reply, a thread per client: slow, but every byte comes back.

Style: threads, 20 ms before each reply, reads of 64 KiB
Profile: concurrent
"""

import contextlib
import os
import socket
import threading
import time


def serve(conn: socket.socket) -> None:
    with conn, contextlib.suppress(OSError):
        while data := conn.recv(65536):
            time.sleep(0.02)
            conn.sendall(data)


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
