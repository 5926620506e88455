"""On ::1, with datagrams of IPv6.

Style: blocking, IPv6
Profile: sequential
"""

import os
import socket

PORT = int(os.environ.get("PORT", "0"))

with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as server:
    server.bind(("::1", PORT))
    while True:
        data, peer = server.recvfrom(65535)
        server.sendto(data, peer)
