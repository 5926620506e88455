"""A ThreadPoolExecutor of 64 workers, which starts a thread when one is needed and keeps it.

Style: thread pool, 64 workers started on demand
Profile: concurrent
"""

import contextlib
import os
import socket
import time
from concurrent.futures import ThreadPoolExecutor


def serve(conn: socket.socket) -> None:
    with conn, contextlib.suppress(OSError):
        while data := conn.recv(4096):
            conn.sendall(data)


def main() -> None:
    port = int(os.environ.get("PORT", "0"))
    with (
        socket.create_server(("127.0.0.1", port), backlog=128) as listener,
        ThreadPoolExecutor(max_workers=64) as pool,
    ):
        while True:
            try:
                conn, _ = listener.accept()
            except OSError:
                time.sleep(0.05)
                continue
            pool.submit(serve, conn)


if __name__ == "__main__":
    main()
