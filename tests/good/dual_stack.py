"""Listens on :: for both IPv6 and IPv4, a thread per client; without IPv6 it takes IPv4 alone.

Style: threads, dual-stack listener on ::
Profile: concurrent
"""

import contextlib
import os
import socket
import threading
import time


def serve(conn: socket.socket) -> None:
    with conn, contextlib.suppress(OSError):
        while data := conn.recv(4096):
            conn.sendall(data)


def listen(port: int) -> socket.socket:
    if not socket.has_dualstack_ipv6():
        return socket.create_server(("127.0.0.1", port), backlog=128)
    return socket.create_server(
        ("::", port), family=socket.AF_INET6, backlog=128, dualstack_ipv6=True
    )


def main() -> None:
    with listen(int(os.environ.get("PORT", "0"))) as listener:
        while True:
            try:
                conn, _ = listener.accept()
            except OSError:
                time.sleep(0.05)
                continue
            threading.Thread(target=serve, args=(conn,), daemon=True).start()


if __name__ == "__main__":
    main()
