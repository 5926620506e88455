"""
Bug: strip() takes blanks and line ends off the edges of what was read.
Cause: strips-whitespace
Caught by: identity/edge-whitespace
Profile: sequential
Port: $PORT
"""

import os
import socket
import time

srv = socket.create_server(("127.0.0.1", int(os.environ["PORT"])))
while True:
    try:
        conn, _ = srv.accept()
        with conn:
            while data := conn.recv(4096):
                conn.sendall(data.strip())
    except OSError:
        time.sleep(0.1)
