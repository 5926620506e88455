"""It serves one client, and neither accepts another nor ends, so inetd starts no other either.

Clause: sessions/one-after-another
Trigger: a second client
Profile: sequential
Grade: realistic
Cause: no-accept-loop
"""

import contextlib
import signal
import socket

listener = socket.socket(fileno=0)
connection, _ = listener.accept()
with connection, contextlib.suppress(OSError):
    while data := connection.recv(1024):
        connection.sendall(data)
signal.pause()
