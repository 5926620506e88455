"""The first client's address is kept, and gets all answers.

Clause: datagram/to-the-sender
Trigger: two clients
Profile: sequential
Grade: obvious
Cause: answers-wrong-client
"""

import os
import socket

PORT = int(os.environ.get("PORT", "0"))

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind(("127.0.0.1", PORT))
    first = None
    while True:
        data, peer = server.recvfrom(65535)
        first = first or peer
        server.sendto(data, first)
