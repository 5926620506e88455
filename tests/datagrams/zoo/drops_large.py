"""What does not fit into one frame is not answered at all.

Clause: datagram/read-boundary
Trigger: more than 1472 bytes
Profile: sequential
Grade: realistic
Cause: message-size-limit
"""

import os
import socket

PORT = int(os.environ.get("PORT", "0"))

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind(("127.0.0.1", PORT))
    while True:
        data, peer = server.recvfrom(65535)
        if len(data) <= 1472:
            server.sendto(data, peer)
