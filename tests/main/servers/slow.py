"""A correct server of many threads, so that pausing all of it takes a moment."""

import os
import signal
import socket
import threading

for _ in range(50):
    threading.Thread(target=signal.pause, daemon=True).start()

with socket.create_server(("127.0.0.1", int(os.environ["PORT"]))) as listener:
    while True:
        conn, _ = listener.accept()
        with conn:
            try:
                while data := conn.recv(1024):
                    conn.sendall(data)
            except ConnectionError:
                pass
