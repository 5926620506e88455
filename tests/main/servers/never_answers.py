"""It reads everything and forgets to send it back."""

import os
import socket

with socket.create_server(("127.0.0.1", int(os.environ["PORT"]))) as listener:
    while True:
        conn, _ = listener.accept()
        with conn:
            try:
                while conn.recv(1024):
                    pass
            except ConnectionError:
                pass
