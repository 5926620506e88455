"""The file is removed as soon as the first client is there, so that none is left: nobody else
finds the server.

Clause: sessions/one-after-another
Trigger: a second client
Profile: sequential
Grade: realistic
Cause: listener-closed
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
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        with connection, contextlib.suppress(OSError):
            while data := connection.recv(1024):
                connection.sendall(data)
