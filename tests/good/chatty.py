"""Logs kilobytes of non-UTF-8 bytes and escape sequences for each read, and echoes untouched.

Style: threads, chatty on stdout and stderr
Profile: concurrent
"""

import contextlib
import os
import socket
import threading
import time

NOISE = (
    b"\x1b[31;1m\xff\xfe got \xe2\x28 %d bytes \x1b]0;a title\x07\x1b[2J\x1b[H\r"
    + bytes(range(256)) * 8
    + b"\x1b[0m\n"
)


def log(count: int) -> None:
    line = NOISE.replace(b"%d", str(count).encode(), 1)
    for fd in (1, 2):
        with contextlib.suppress(OSError):  # nobody listens: no reason to fail a client
            os.write(fd, line)


def serve(conn: socket.socket) -> None:
    with conn, contextlib.suppress(OSError):
        while data := conn.recv(16384):
            log(len(data))
            conn.sendall(data)
    log(0)


def main() -> None:
    port = int(os.environ.get("PORT", "0"))
    with socket.create_server(("127.0.0.1", port), backlog=128) as listener:
        log(port)
        while True:
            try:
                conn, _ = listener.accept()
            except OSError:
                log(-1)
                time.sleep(0.05)
                continue
            threading.Thread(target=serve, args=(conn,), daemon=True).start()


if __name__ == "__main__":
    main()
