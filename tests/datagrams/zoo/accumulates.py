"""The buffer is never emptied: each answer has all that came before, too.

Clause: datagram/every-byte-value
Trigger: a second datagram
Profile: sequential
Grade: obvious
Cause: datagrams-collected
"""

import os
import socket

PORT = int(os.environ.get("PORT", "0"))

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind(("127.0.0.1", PORT))
    waiting = b""
    while True:
        data, peer = server.recvfrom(65535)
        waiting += data
        server.sendto(waiting[-60000:], peer)
