"""The socket is asked to report errors (IP_RECVERR), and nobody catches them.

Clause: datagram/client-gone
Trigger: a client that leaves before its answer comes
Profile: sequential
Grade: realistic
Cause: refused-is-fatal
"""

import os
import socket

PORT = int(os.environ.get("PORT", "0"))

IP_RECVERR = 11

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind(("127.0.0.1", PORT))
    server.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
    while True:
        data, peer = server.recvfrom(65535)
        server.sendto(data, peer)
