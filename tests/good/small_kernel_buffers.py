"""Asks the kernel for small buffers, so that the system takes in far less than it would by itself.

Style: threads, small SO_SNDBUF and SO_RCVBUF
Profile: concurrent
"""

import contextlib
import os
import socket
import threading
import time

# Twice a segment of the loopback interface: below one, each segment would wait for a timer.
SIZE = 131072


def serve(conn: socket.socket) -> None:
    with conn, contextlib.suppress(OSError):
        while data := conn.recv(4096):
            conn.sendall(data)


def main() -> None:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Connections inherit both from the listener; the window is agreed on before accept returns.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SIZE)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SIZE)
        listener.bind(("127.0.0.1", int(os.environ.get("PORT", "0"))))
        listener.listen(128)
        while True:
            try:
                conn, _ = listener.accept()
            except OSError:
                time.sleep(0.05)
                continue
            threading.Thread(target=serve, args=(conn,), daemon=True).start()


if __name__ == "__main__":
    main()
