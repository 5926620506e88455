"""
Bug: a pool of four workers serves the clients, each for as long as it stays; a fifth client is
    accepted and gets no answer until one of the four leaves.
Cause: connection-limit
Caught by: sessions/simultaneous
Profile: concurrent
Port: 21014
"""

import socket
import time
from concurrent.futures import ThreadPoolExecutor


def echo(conn):
    with conn:
        try:
            for chunk in iter(lambda: conn.recv(8192), b""):
                conn.sendall(chunk)
        except OSError:
            pass


def main():
    listener = socket.create_server(("127.0.0.1", 21014), backlog=100)
    with ThreadPoolExecutor(max_workers=4) as pool:
        while True:
            try:
                conn, _ = listener.accept()
            except OSError:
                time.sleep(0.1)
                continue
            pool.submit(echo, conn)


if __name__ == "__main__":
    main()
