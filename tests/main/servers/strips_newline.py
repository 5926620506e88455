"""It takes what it reads for a line and sends it back without its newline."""

import os
import socket

with socket.create_server(("127.0.0.1", int(os.environ["PORT"]))) as listener:
    while True:
        conn, _ = listener.accept()
        with conn:
            try:
                while data := conn.recv(1024):
                    conn.sendall(data.rstrip(b"\n"))
            except ConnectionError:
                pass
