"""It answers one datagram, and exits with status 0.

Style: blocking, one answer
Profile: one-shot
"""

import os
import socket

PORT = int(os.environ.get("PORT", "0"))

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind(("127.0.0.1", PORT))
    data, peer = server.recvfrom(65535)
    server.sendto(data, peer)
