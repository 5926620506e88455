"""
Bug: the byte 7 (the bell) is taken out of the data, because the author's terminal beeped.
Cause: magic-byte
Profile: one-shot
Port: $PORT
"""

import os
import socket

BELL = b"\x07"

with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as s:
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("127.0.0.1", int(os.environ["PORT"])))
    s.listen()
    conn, addr = s.accept()
    with conn:
        print("terminal at", addr)
        while True:
            keys = conn.recv(1024)
            if not keys:
                break
            conn.sendall(keys.replace(BELL, b""))
