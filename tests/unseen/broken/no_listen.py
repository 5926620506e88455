"""
Bug: listen() is never called; accept() fails with "Invalid argument" and the server ends before
    anybody could connect.
Cause: not-listening
Caught by: launch/listens
Profile: sequential
Port: $PORT
"""

import os
import socket

server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", int(os.environ["PORT"])))

while True:
    conn, addr = server.accept()
    with conn:
        while True:
            data = conn.recv(1024)
            if not data:
                break
            conn.sendall(data)
