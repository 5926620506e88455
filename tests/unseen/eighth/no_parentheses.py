"""
Bug: `conn.close` without parentheses only names the method, so a client hears of the end only when
    the next client takes its place in the variable.
Cause: never-closes
Profile: sequential
Port: $PORT
"""

import os
import socket
import time

PORT = int(os.environ["PORT"])

s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("127.0.0.1", PORT))
s.listen(64)
print("waiting on port", PORT)

while True:
    try:
        conn, addr = s.accept()
    except OSError:
        time.sleep(0.5)
        continue
    print("connected:", addr)
    try:
        data = conn.recv(1024)
        while data != b"":
            conn.sendall(data)
            data = conn.recv(1024)
    except OSError as e:
        print("lost", addr, e)
    conn.close  # noqa: B018
    print("finished with", addr)
