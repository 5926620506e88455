"""
Bug: a message is read until a read is shorter than 600 bytes, so after a message of 600, 1200, ...
    bytes the server waits for more and does not answer.
Cause: waits-after-full-read
Also: exact-size, unbounded-buffer
Profile: sequential
Port: $PORT
"""

import os
import socket
import time

SIZE = 600


def receive_all(conn):
    """Return the whole message of the client, or b"" at the end."""
    message = bytearray()
    while True:
        part = conn.recv(SIZE)
        message += part
        if len(part) < SIZE:
            # either the end or the last part
            return message


def serve(conn):
    while message := receive_all(conn):
        conn.sendall(message)


server = socket.create_server(("127.0.0.1", int(os.environ["PORT"])))
while True:
    try:
        conn, addr = server.accept()
    except OSError:
        time.sleep(0.1)
        continue
    with conn:
        try:
            serve(conn)
        except OSError as error:
            print(addr, error)
