"""The datagram is decoded to be printed; what is no UTF-8 ends the server.

Clause: datagram/every-byte-value
Trigger: bytes that are no UTF-8
Profile: sequential
Grade: realistic
Cause: decodes-text | datagram-crash
"""

import os
import socket

PORT = int(os.environ.get("PORT", "0"))

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind(("127.0.0.1", PORT))
    while True:
        data, peer = server.recvfrom(65535)
        print(data.decode())
        server.sendto(data, peer)
