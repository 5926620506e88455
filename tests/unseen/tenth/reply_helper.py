"""
Bug: the bytearray that holds what is still to be sent is a default argument, so all calls have the
    same one: what a client that broke off did not get, is sent to the next client.
Cause: leftover-of-earlier, shared-buffer
Profile: sequential
Port: $PORT
"""

import os
import socket
import time


def relay(conn: socket.socket, limit: int = 8192, pending: bytearray = bytearray()) -> int:
    """Send back what the peer sends until it has finished. Returns the number of bytes."""
    count = 0
    while True:
        data = conn.recv(limit)
        if not data:
            return count
        count += len(data)
        pending += data
        while pending:
            sent = conn.send(pending)
            del pending[:sent]


def next_client(listener: socket.socket) -> socket.socket | None:
    try:
        conn, _ = listener.accept()
        return conn
    except OSError:
        time.sleep(0.1)
        return None


def run(host: str, port: int) -> None:
    with socket.create_server((host, port), backlog=128) as listener:
        while True:
            conn = next_client(listener)
            if conn is None:
                continue
            with conn:
                try:
                    relay(conn)
                except ConnectionError:
                    pass


if __name__ == "__main__":
    try:
        run("127.0.0.1", int(os.environ["PORT"]))
    except KeyboardInterrupt:
        pass
