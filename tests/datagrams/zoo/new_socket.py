"""Each answer goes out on a socket of its own, and so from another port.

Clause: datagram/from-the-same-address
Trigger: any datagram
Profile: sequential
Grade: realistic
Cause: answers-from-new-socket
"""

import os
import socket

PORT = int(os.environ.get("PORT", "0"))

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind(("127.0.0.1", PORT))
    while True:
        data, peer = server.recvfrom(65535)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("127.0.0.1", 0))
            other.sendto(data, peer)
