"""The answer is sent in pieces of 512 bytes, as one would write to a stream.

Clause: datagram/up-to-mtu
Trigger: more than 512 bytes
Profile: sequential
Grade: realistic
Cause: datagram-cut-up
"""

import os
import socket

PORT = int(os.environ.get("PORT", "0"))

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind(("127.0.0.1", PORT))
    while True:
        data, peer = server.recvfrom(65535)
        for start in range(0, len(data), 512) or (0,):
            server.sendto(data[start : start + 512], peer)
