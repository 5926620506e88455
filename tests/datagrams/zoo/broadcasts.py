"""Whatever comes is sent to all clients that were ever seen, as a chat would do.

Clause: datagram/to-the-sender
Trigger: two clients
Profile: sequential
Grade: obvious
Cause: broadcast
"""

import os
import socket

PORT = int(os.environ.get("PORT", "0"))

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind(("127.0.0.1", PORT))
    peers: list[tuple[str, int]] = []
    while True:
        data, peer = server.recvfrom(65535)
        if peer not in peers:
            peers = [*peers[-20:], peer]
        for other in peers:
            server.sendto(data, other)
