"""
Bug: the loop ends as soon as a read brings less than the buffer could hold, so the connection is
    closed after the first message that is shorter than 1536 bytes.
Cause: short-read-is-end
Profile: one-shot
Port: $PORT
"""

import os
from socket import AF_INET, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET, socket

BUFFER_SIZE = 1536

s = socket(AF_INET, SOCK_STREAM)
s.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
s.bind(("127.0.0.1", int(os.environ["PORT"])))
s.listen(1)

c, address = s.accept()
more = True
while more:
    part = c.recv(BUFFER_SIZE)
    c.sendall(part)
    # A full buffer means that there is more to come.
    more = len(part) == BUFFER_SIZE

c.close()
s.close()
