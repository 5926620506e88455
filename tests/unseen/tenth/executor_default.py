"""
Bug: the clients are served by a thread pool of default size, which is a few more threads than
    there are processors; each client keeps its thread until it leaves, so the next ones wait
    unserved.
Cause: connection-limit, blocked-by-idle-client
Profile: concurrent
Port: $PORT
"""

import os
import socket
import time
from concurrent.futures import ThreadPoolExecutor


def echo(connection: socket.socket) -> int:
    """Serve one client to its end. Returns how many bytes went back."""
    total = 0
    with connection:
        try:
            while block := connection.recv(4096):
                connection.sendall(block)
                total += len(block)
        except ConnectionError:
            pass
    return total


def serve(host: str, port: int) -> None:
    with socket.create_server((host, port), backlog=1024) as server, ThreadPoolExecutor() as pool:
        while True:
            try:
                connection, _address = server.accept()
            except OSError:
                time.sleep(0.05)
                continue
            pool.submit(echo, connection)


if __name__ == "__main__":
    serve("127.0.0.1", int(os.environ["PORT"]))
