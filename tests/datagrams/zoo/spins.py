"""The socket does not block, and is asked again at once when nothing has come.

Clause: resources/idle-cpu
Trigger: no datagram
Profile: sequential
Grade: realistic
Cause: spins-idle
"""

import os
import socket

PORT = int(os.environ.get("PORT", "0"))

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind(("127.0.0.1", PORT))
    server.setblocking(False)
    while True:
        try:
            data, peer = server.recvfrom(65535)
        except BlockingIOError:
            continue
        server.sendto(data, peer)
