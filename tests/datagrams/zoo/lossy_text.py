"""What is no UTF-8 is replaced on the way through a string.

Clause: datagram/every-byte-value
Trigger: bytes that are no UTF-8
Profile: sequential
Grade: realistic
Cause: lossy-decoding
"""

import os
import socket

PORT = int(os.environ.get("PORT", "0"))

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind(("127.0.0.1", PORT))
    while True:
        data, peer = server.recvfrom(65535)
        server.sendto(data.decode(errors="replace").encode()[:65507], peer)
