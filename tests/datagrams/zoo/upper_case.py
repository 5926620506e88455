"""The answer is in capitals, as in the first example of every book.

Clause: datagram/every-byte-value
Trigger: a small letter
Profile: sequential
Grade: obvious
Cause: case-changed
"""

import os
import socket

PORT = int(os.environ.get("PORT", "0"))

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind(("127.0.0.1", PORT))
    while True:
        data, peer = server.recvfrom(65535)
        server.sendto(data.upper(), peer)
