"""Reads up to 1 MiB at a time; sendall copes with however little the socket accepts at once.

Style: sequential, blocking, 1 MiB reads
Profile: sequential
"""

import contextlib
import os
import socket
import time

READ = 1 << 20


def main() -> None:
    port = int(os.environ.get("PORT", "0"))
    with socket.create_server(("127.0.0.1", port), backlog=128) as listener:
        while True:
            try:
                conn, _ = listener.accept()
            except OSError:
                time.sleep(0.05)
                continue
            with conn, contextlib.suppress(OSError):
                while data := conn.recv(READ):
                    conn.sendall(data)


if __name__ == "__main__":
    main()
