"""The system may keep a few kilobytes for it: of many at once most are dropped.

Style: blocking, small receive buffer
Profile: sequential
"""

import os
import socket

PORT = int(os.environ.get("PORT", "0"))

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 70_000)
    server.bind(("127.0.0.1", PORT))
    while True:
        data, peer = server.recvfrom(65535)
        server.sendto(data, peer)
