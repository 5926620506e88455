"""The system keeps as little for it as it ever does: three small datagrams, or one large one.

Style: blocking, the smallest receive buffer
Profile: sequential
"""

import os
import socket

PORT = int(os.environ.get("PORT", "0"))

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
    server.bind(("127.0.0.1", PORT))
    while True:
        data, peer = server.recvfrom(65535)
        server.sendto(data, peer)
