"""A buffer of 2048 bytes, enough for a frame and for nothing more.

Clause: datagram/read-boundary
Trigger: more than 2048 bytes
Profile: sequential
Grade: realistic
Cause: datagram-buffer-small
"""

import os
import socket

PORT = int(os.environ.get("PORT", "0"))

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind(("127.0.0.1", PORT))
    buffer = bytearray(2048)
    while True:
        size, peer = server.recvfrom_into(buffer)
        server.sendto(memoryview(buffer)[:size], peer)
