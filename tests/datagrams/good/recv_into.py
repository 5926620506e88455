"""One buffer for all that comes, and a view of it for what goes.

Style: blocking, without copies
Profile: sequential
"""

import os
import socket

PORT = int(os.environ.get("PORT", "0"))

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind(("127.0.0.1", PORT))
    buffer = bytearray(65535)
    view = memoryview(buffer)
    while True:
        size, peer = server.recvfrom_into(buffer)
        server.sendto(view[:size], peer)
