"""A correct server, one client after another, on whatever port the system gives it."""

import socket

with socket.create_server(("127.0.0.1", 0)) as listener:
    while True:
        conn, _ = listener.accept()
        with conn:
            try:
                while data := conn.recv(1024):
                    conn.sendall(data)
            except ConnectionError:
                pass
