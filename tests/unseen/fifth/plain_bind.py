"""
Bug: SO_REUSEADDR is not set, so that bind() fails for a while after a stop.
Cause: restart-fails
Caught by: launch/restarts
Profile: sequential
Port: $PORT
"""

import os
import socket
import time

sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
sock.bind(("127.0.0.1", int(os.environ["PORT"])))
sock.listen(8)
while True:
    try:
        peer, _ = sock.accept()
        with peer:
            while block := peer.recv(8192):
                peer.sendall(block)
    except OSError:
        time.sleep(0.1)
