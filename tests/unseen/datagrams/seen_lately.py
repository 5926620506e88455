"""Bug: a datagram that equals one of the last 128 is taken for a copy that the network has made,
    and is not answered
Cause: repetitions-dropped
Profile: sequential
Transport: udp
Port: $PORT
"""

import hashlib
import os
import selectors
import socket
from collections import deque

recent = deque(maxlen=128)


def handle(sock):
    data, peer = sock.recvfrom(65535)
    digest = hashlib.sha1(data).digest()
    if digest in recent:
        return
    recent.append(digest)
    sock.sendto(data, peer)


with socket.socket(type=socket.SOCK_DGRAM) as server, selectors.DefaultSelector() as selector:
    server.bind(("127.0.0.1", int(os.environ["PORT"])))
    server.setblocking(False)
    selector.register(server, selectors.EVENT_READ, handle)
    while True:
        for key, _ in selector.select():
            key.data(key.fileobj)
