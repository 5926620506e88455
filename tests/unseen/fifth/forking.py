"""
Bug: the parent never waits for its children, so each client leaves a defunct process.
Cause: zombies
Caught by: resources/zombies
Profile: concurrent
Port: $PORT
"""

import os
import socket
import time

s = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=50)
while True:
    try:
        conn, addr = s.accept()
        pid = os.fork()
    except OSError:
        time.sleep(0.1)
        continue
    if pid == 0:
        s.close()
        try:
            while data := conn.recv(4096):
                conn.sendall(data)
        except OSError:
            pass
        os._exit(0)
    conn.close()
