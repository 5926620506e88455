"""
Bug: whatever error accept() reports, it is called again at once, so a server that has no
    descriptors left tries without a pause and burns a whole processor.
Cause: spins-at-accept
Profile: concurrent
Port: $PORT
"""

import contextlib
import os
import socket
from threading import Thread


def copy_back(conn):
    with conn, contextlib.suppress(OSError):
        for chunk in iter(lambda: conn.recv(2222), b""):
            conn.sendall(chunk)


listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=128)
while True:
    try:
        conn, _ = listener.accept()
    except OSError:
        continue  # that client's problem, not ours
    Thread(target=copy_back, args=(conn,), daemon=True).start()
