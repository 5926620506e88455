"""As a network may: each tenth datagram is lost, on its way here or there.

Style: blocking, lossy
Profile: sequential
"""

import os
import socket

PORT = int(os.environ.get("PORT", "0"))

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind(("127.0.0.1", PORT))
    count = 0
    while True:
        data, peer = server.recvfrom(65535)
        count += 1
        if count % 10:
            server.sendto(data, peer)
