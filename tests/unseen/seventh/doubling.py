"""
Bug: the size that is asked for is doubled at each read of a connection, until recv() cannot get so
    much memory: MemoryError, and the server ends.
Cause: crash
Also: reads-quota
Profile: sequential
Port: $PORT
"""

import os
import socket
import time

s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("127.0.0.1", int(os.environ["PORT"])))
s.listen(10)
print("waiting for clients")

while True:
    try:
        c, a = s.accept()
    except OSError:
        time.sleep(0.2)
        continue
    size = 512
    try:
        while True:
            data = c.recv(size)
            if not data:
                break
            c.sendall(data)
            # it has more to say, so take more at a time
            size = size * 2
    except OSError as e:
        print("lost", a, e)
    c.close()
