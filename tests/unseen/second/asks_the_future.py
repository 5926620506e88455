"""
Bug: `.result()` waits until the task has ended, so the accept loop stands still while a client is
    connected.
Cause: one-at-a-time
Also: blocked-by-idle-client
Profile: concurrent
Port: $PORT
"""

import logging
import os
import socket
import time
from concurrent.futures import ThreadPoolExecutor

logging.basicConfig(level=logging.INFO)


def echo(conn: socket.socket) -> int:
    """Echo until the client ends; return the number of bytes."""
    total = 0
    with conn:
        while chunk := conn.recv(8192):
            conn.sendall(chunk)
            total += len(chunk)
    return total


def main() -> None:
    with (
        socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=64) as server,
        ThreadPoolExecutor(max_workers=100) as pool,
    ):
        while True:
            try:
                conn, addr = server.accept()
            except OSError:
                time.sleep(0.1)
                continue
            try:
                total = pool.submit(echo, conn).result()
                logging.info("%s: %d bytes", addr, total)
            except OSError as error:
                logging.warning("%s: %s", addr, error)


main()
