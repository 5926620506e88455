"""Whoever has asked is told now and then that the server is alive.

Clause: datagram/nothing-unasked
Trigger: a client that stays
Profile: sequential
Grade: realistic
Cause: keepalive-bytes
"""

import os
import socket

PORT = int(os.environ.get("PORT", "0"))

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind(("127.0.0.1", PORT))
    server.settimeout(0.2)
    peer = None
    while True:
        try:
            data, peer = server.recvfrom(65535)
            server.sendto(data, peer)
        except TimeoutError:
            if peer is not None:
                server.sendto(b"alive", peer)
