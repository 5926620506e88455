"""A client that has gone is an exception that nobody catches, and it ends the server.

Clause: resilience/vanish-while-sending
Trigger: a client that closes before it has read all
Profile: sequential
Grade: realistic
Cause: crash-on-reset | killed-by-sigpipe
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
    listener.listen(16)
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            time.sleep(0.05)
            continue
        with connection:
            while data := connection.recv(1024):
                connection.sendall(data)
