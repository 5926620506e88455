"""Numbers the short messages of a connection, and loses the 97th.  Sequential."""

import os
import socket

with socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0")))) as listener:
    while True:
        conn, _ = listener.accept()
        number = 0
        with conn:
            try:
                while data := conn.recv(1024):
                    number += len(data) < 16
                    if number != 97 or len(data) >= 16:
                        conn.sendall(data)
            except ConnectionError:
                pass
