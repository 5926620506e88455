"""Sends its replies in odd pieces with TCP_NODELAY; how they are cut means nothing.

Style: threads, replies cut in odd pieces
Profile: concurrent
"""

import contextlib
import itertools
import os
import socket
import threading
import time

SMALL = (7,)
LARGE = (7, 4093, 1, 8191, 61, 16381)  # for bulk: pieces of 7 bytes alone would take minutes


def serve(conn: socket.socket) -> None:
    with conn, contextlib.suppress(OSError):
        conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while data := conn.recv(65536):
            view = memoryview(data)
            for size in itertools.cycle(SMALL if len(data) <= 2048 else LARGE):
                if not view:
                    break
                conn.sendall(view[:size])
                view = view[size:]


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
