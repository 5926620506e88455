"""Every datagram is kept, in case somebody asks what was said.

Clause: resources/memory
Trigger: many clients
Profile: sequential
Grade: realistic
Cause: memory-leak
"""

import os
import socket

PORT = int(os.environ.get("PORT", "0"))

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind(("127.0.0.1", PORT))
    said: list[object] = []
    while True:
        data, peer = server.recvfrom(65535)
        said.append((peer, data, bytes(20000)))
        server.sendto(data, peer)
