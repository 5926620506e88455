"""Takes 1.5 s before it binds and listens, then serves one client after another like any other.

Style: sequential, slow start
Profile: sequential
"""

import contextlib
import os
import socket
import time


def main() -> None:
    time.sleep(1.5)
    port = int(os.environ.get("PORT", "0"))
    with socket.create_server(("127.0.0.1", port), backlog=128) as listener:
        while True:
            try:
                conn, _ = listener.accept()
            except OSError:
                time.sleep(0.05)
                continue
            with conn, contextlib.suppress(OSError):
                while data := conn.recv(2048):
                    conn.sendall(data)


if __name__ == "__main__":
    main()
