"""The loop is counted, and ends after a hundred datagrams.

Clause: datagram/every-byte-value
Trigger: a hundred datagrams
Profile: sequential
Grade: nasty
Cause: connections-used-up | no-receive-loop
"""

import os
import socket

PORT = int(os.environ.get("PORT", "0"))

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind(("127.0.0.1", PORT))
    for _ in range(100):
        data, peer = server.recvfrom(65535)
        server.sendto(data, peer)
