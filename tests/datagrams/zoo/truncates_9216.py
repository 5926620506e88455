"""A buffer for jumbo frames, which the largest datagrams exceed.

Clause: datagram/largest
Trigger: more than 9216 bytes
Profile: sequential
Grade: nasty
Cause: datagram-buffer-small
"""

import os
import socket

PORT = int(os.environ.get("PORT", "0"))

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind(("127.0.0.1", PORT))
    while True:
        data, peer = server.recvfrom(9216)
        server.sendto(data, peer)
