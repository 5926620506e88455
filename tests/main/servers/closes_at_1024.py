"""It closes the connection as soon as 1024 bytes were echoed on it."""

import os
import socket

with socket.create_server(("127.0.0.1", int(os.environ["PORT"]))) as listener:
    while True:
        conn, _ = listener.accept()
        with conn:
            left = 1024
            try:
                while left and (data := conn.recv(left)):
                    conn.sendall(data)
                    left -= len(data)
            except ConnectionError:
                pass
