"""It greets every client before the client has said anything."""

import os
import socket

with socket.create_server(("127.0.0.1", int(os.environ["PORT"]))) as listener:
    while True:
        conn, _ = listener.accept()
        with conn:
            try:
                conn.sendall(b"Welcome to the echo server!\n")
                while data := conn.recv(1024):
                    conn.sendall(data)
            except ConnectionError:
                pass
