"""The socket is bound to every address, and answers from the one that the system chooses.

Clause: datagram/from-the-same-address
Trigger: a question to 127.0.0.2
Profile: sequential
Grade: nasty
Cause: answers-from-any-address
"""

import os
import socket

PORT = int(os.environ.get("PORT", "0"))

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind(("0.0.0.0", PORT))
    while True:
        data, peer = server.recvfrom(65535)
        server.sendto(data, peer)
