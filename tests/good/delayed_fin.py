"""Waits 30 ms before it closes every other connection: the end of stream comes late, but it comes.

Style: threads, end of stream delayed half of the time
Profile: concurrent
"""

import contextlib
import itertools
import os
import socket
import threading
import time


def serve(conn: socket.socket, delay: float) -> None:
    with conn, contextlib.suppress(OSError):
        while data := conn.recv(4096):
            conn.sendall(data)
        time.sleep(delay)


def main() -> None:
    port = int(os.environ.get("PORT", "0"))
    delays = itertools.cycle((0.03, 0.0))
    with socket.create_server(("127.0.0.1", port), backlog=128) as listener:
        while True:
            try:
                conn, _ = listener.accept()
            except OSError:
                time.sleep(0.05)
                continue
            threading.Thread(target=serve, args=(conn, next(delays)), daemon=True).start()


if __name__ == "__main__":
    main()
