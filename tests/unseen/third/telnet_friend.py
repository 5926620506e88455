"""
Bug: each LF is sent back as CR LF, "because that is what lines end with on the network".
Cause: newline-translated
Caught by: identity/newlines
Profile: concurrent
Port: $PORT
"""

import os
import socket
import threading
import time


def to_network_lines(data: bytes) -> bytes:
    return b"\r\n".join(data.split(b"\n"))


def session(conn: socket.socket) -> None:
    with conn:
        try:
            while data := conn.recv(2500):
                conn.sendall(to_network_lines(data))
        except OSError:
            pass


def serve(listener: socket.socket) -> None:
    while True:
        try:
            conn, _ = listener.accept()
        except OSError:
            time.sleep(0.2)
            continue
        threading.Thread(target=session, args=(conn,), daemon=True).start()


serve(socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=40))
