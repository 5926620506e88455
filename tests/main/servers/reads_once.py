"""It has no loop around recv(): one read, one reply, then it closes."""

import os
import socket

with socket.create_server(("127.0.0.1", int(os.environ["PORT"]))) as listener:
    while True:
        conn, _ = listener.accept()
        with conn:
            try:
                data = conn.recv(1024)
                conn.sendall(data)
            except ConnectionError:
                pass
