"""bind() fails while the path exists, and nobody removes the file that the last run has left.

Clause: launch/restarts
Trigger: a second start
Profile: sequential
Grade: obvious
Cause: stale-socket-file
"""

import contextlib
import os
import socket
import time

with socket.socket(socket.AF_UNIX) as listener:
    listener.bind(os.environ["SOCKET_PATH"])
    listener.listen(16)
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            time.sleep(0.05)
            continue
        with connection, contextlib.suppress(OSError):
            while data := connection.recv(1024):
                connection.sendall(data)
