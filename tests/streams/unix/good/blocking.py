"""As in the lesson, on a Unix socket: one client after another.

Style: blocking
Profile: sequential
"""

import contextlib
import os
import socket
import time

path = os.environ["SOCKET_PATH"]
with contextlib.suppress(FileNotFoundError):
    os.unlink(path)
with socket.socket(socket.AF_UNIX) as listener:
    listener.bind(path)
    listener.listen(1)
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            time.sleep(0.05)
            continue
        with connection, contextlib.suppress(OSError):
            while data := connection.recv(1024):
                connection.sendall(data)
