"""The listener that systemd hands over, as sd_listen_fds(3) says; one client after another.

Style: blocking
Profile: sequential
"""

import contextlib
import os
import socket
import sys
import time

if os.environ.get("LISTEN_PID") != str(os.getpid()) or os.environ.get("LISTEN_FDS") != "1":
    sys.exit("no listener was handed over")
listener = socket.socket(fileno=3)
while True:
    try:
        connection, _ = listener.accept()
    except OSError:
        time.sleep(0.05)
        continue
    with connection, contextlib.suppress(OSError):
        while data := connection.recv(1024):
            connection.sendall(data)
