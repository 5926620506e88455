"""It thinks for 20 ms about each datagram.

Style: blocking, slow
Profile: sequential
"""

import os
import socket
import time

PORT = int(os.environ.get("PORT", "0"))

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind(("127.0.0.1", PORT))
    while True:
        data, peer = server.recvfrom(65535)
        time.sleep(0.02)
        server.sendto(data, peer)
