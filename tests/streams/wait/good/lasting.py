"""It keeps the listener, and serves one client after another for ever.

Style: blocking
Profile: sequential
"""

import contextlib
import socket
import time

listener = socket.socket(fileno=0)
while True:
    try:
        connection, _ = listener.accept()
    except OSError:
        time.sleep(0.05)
        continue
    with connection, contextlib.suppress(OSError):
        while data := connection.recv(1024):
            connection.sendall(data)
