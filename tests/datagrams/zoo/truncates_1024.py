"""The lesson's buffer, recv(1024): what a datagram has beyond it is thrown away.

Clause: datagram/up-to-mtu
Trigger: more than 1024 bytes
Profile: sequential
Grade: obvious
Cause: datagram-buffer-small
"""

import os
import socket

PORT = int(os.environ.get("PORT", "0"))

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind(("127.0.0.1", PORT))
    while True:
        data, peer = server.recvfrom(1024)
        server.sendto(data, peer)
