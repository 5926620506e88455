"""
Bug: four listeners share the port (SO_REUSEPORT), but the range of the workers begins at 1, so
    nobody accepts what the system gives to the first one: every fourth client or so is not served.
Cause: none-of-these
Also: never-accepts
Profile: concurrent
Port: $PORT
"""

import multiprocessing
import os
import signal
import socket
import sys
import threading
import time

DOORS = 4


def open_door(port: int) -> socket.socket:
    door = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    door.bind(("127.0.0.1", port))
    door.listen(128)
    return door


def talk(conn: socket.socket) -> None:
    with conn:
        try:
            while data := conn.recv(65536):
                conn.sendall(data)
        except OSError:
            pass


def worker(door: socket.socket) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    while True:
        try:
            conn, _ = door.accept()
        except OSError:
            time.sleep(0.1)
            continue
        threading.Thread(target=talk, args=(conn,), daemon=True).start()


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    # All doors are opened here, so that a port that is taken is seen before anything is forked.
    doors = [open_door(int(os.environ["PORT"])) for _ in range(DOORS)]
    context = multiprocessing.get_context("fork")
    workers = []
    for number in range(1, DOORS):
        process = context.Process(target=worker, args=(doors[number],), daemon=True)
        process.start()
        workers.append(process)
    for process in workers:
        process.join()


if __name__ == "__main__":
    main()
