"""SO_REUSEADDR is missing: what is left of old connections blocks the port after a restart.

Clause: launch/restarts
Trigger: stopped with a connection open, started again on the same port
Profile: sequential
Grade: realistic
Cause: restart-fails
"""

import os
import socket
import time

HOST = "127.0.0.1"
PORT = int(os.environ.get("PORT", "0"))

listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
listener.bind((HOST, PORT))
listener.listen(16)

while True:
    try:
        connection, address = listener.accept()
    except OSError:
        time.sleep(0.05)
        continue
    try:
        while True:
            data = connection.recv(1024)
            if not data:
                break
            connection.sendall(data)
    except ConnectionError:
        pass
    finally:
        connection.close()
