"""listen(1), as many tutorials have it: eight clients in one moment are more than it takes.

Style: threads, a small backlog
Profile: concurrent
"""

import contextlib
import os
import socket
import threading
import time


def serve(conn: socket.socket) -> None:
    with conn, contextlib.suppress(OSError):
        while data := conn.recv(1024):
            conn.sendall(data)


def main() -> None:
    port = int(os.environ.get("PORT", "0"))
    with socket.create_server(("127.0.0.1", port), backlog=1) as listener:
        while True:
            try:
                conn, _ = listener.accept()
            except OSError:
                time.sleep(0.05)
                continue
            threading.Thread(target=serve, args=(conn,), daemon=True).start()


if __name__ == "__main__":
    main()
