"""The address is taken from the datagram before: answers come one client too late.

Clause: datagram/to-the-sender
Trigger: two clients
Profile: sequential
Grade: realistic
Cause: answers-wrong-client
"""

import os
import socket

PORT = int(os.environ.get("PORT", "0"))

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind(("127.0.0.1", PORT))
    last = None
    while True:
        data, peer = server.recvfrom(65535)
        server.sendto(data, last or peer)
        last = peer
