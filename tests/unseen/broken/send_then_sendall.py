"""
Bug: when send() took less than everything, sendall() is called with the whole again instead of
    with the rest; the client gets the first part twice.
Cause: send-retried-from-start
Caught by: partial-send/interrupted-send
Profile: sequential
Port: 21013
"""

import socket
import time


def reply(conn: socket.socket, data: bytes) -> None:
    sent = conn.send(data)
    if sent < len(data):
        print(f"only {sent} of {len(data)} bytes were sent, retrying")
        conn.sendall(data)


def talk(conn: socket.socket) -> None:
    while True:
        data = conn.recv(1 << 16)
        if not data:
            return
        reply(conn, data)


with socket.create_server(("127.0.0.1", 21013)) as listener:
    while True:
        try:
            conn, _ = listener.accept()
        except OSError:
            time.sleep(0.1)
            continue
        with conn:
            try:
                talk(conn)
            except ConnectionError as error:
                print(error)
