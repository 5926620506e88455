"""The second client makes it end with an exception."""

import os
import socket

NAMES = ["first"]

with socket.create_server(("127.0.0.1", int(os.environ["PORT"]))) as listener:
    number = 0
    while True:
        conn, _ = listener.accept()
        with conn:
            print("serving the", NAMES[number], "client")
            number += 1
            try:
                while data := conn.recv(1024):
                    conn.sendall(data)
            except ConnectionError:
                pass
