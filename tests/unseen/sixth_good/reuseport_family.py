"""
Style: four processes that each bind the port with SO_REUSEPORT and serve it with a thread for each
    client; the parent only waits, and takes them with it. A child that loses its parent ends.
Profile: concurrent
Port: 20201
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time

ADDRESS = ("127.0.0.1", 20201)
CHILDREN = 4


def listening() -> socket.socket:
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    sock.bind(ADDRESS)
    sock.listen(256)
    return sock


def echo(sock: socket.socket) -> None:
    with sock:
        try:
            while data := sock.recv(30_000):
                sock.sendall(data)
        except OSError:
            return


def end_with(parent: int) -> None:
    os.read(parent, 1)
    os._exit(0)


def child(listener: socket.socket, parent: int) -> None:
    threading.Thread(target=end_with, args=(parent,), daemon=True).start()
    while True:
        try:
            sock, _ = listener.accept()
        except OSError:
            time.sleep(0.1)
            continue
        threading.Thread(target=echo, args=(sock,), daemon=True).start()


def wait_for_children() -> None:
    for _ in range(CHILDREN):
        os.wait()


def main() -> int:
    sockets = [listening() for _ in range(CHILDREN)]
    hears, tells = os.pipe()
    for own in sockets:
        if os.fork() == 0:
            os.close(tells)
            for sock in sockets:
                if sock is not own:
                    sock.close()
            child(own, hears)
    for sock in sockets:
        sock.close()

    def stop(*_: object) -> None:
        os.close(tells)
        wait_for_children()
        os._exit(0)

    signal.signal(signal.SIGTERM, stop)
    wait_for_children()
    return 1


if __name__ == "__main__":
    sys.exit(main())
