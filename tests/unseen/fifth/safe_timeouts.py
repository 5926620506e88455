"""
Bug: recv() has a time-out of one second, and a client that is silent for longer is dropped.
Cause: idle-timeout
Caught by: shutdown/idle-kept
Profile: sequential
Port: $PORT
"""

import os
import socket
import time

listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])))
while True:
    try:
        conn, addr = listener.accept()
        with conn:
            conn.settimeout(1)
            while data := conn.recv(1024):
                conn.settimeout(None)
                conn.sendall(data)
                conn.settimeout(1)
    except TimeoutError:
        print(addr, "timed out")
    except OSError:
        time.sleep(0.1)
