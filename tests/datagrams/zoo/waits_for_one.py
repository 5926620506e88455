"""After the first datagram of a client only its own count, until it is silent for a second.

Clause: datagram/interleaved
Trigger: two clients that take turns
Profile: sequential
Grade: realistic
Cause: waits-for-one-client
"""

import os
import socket

PORT = int(os.environ.get("PORT", "0"))

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind(("127.0.0.1", PORT))
    while True:
        server.settimeout(None)
        data, peer = server.recvfrom(65535)
        server.sendto(data, peer)
        server.settimeout(1.0)
        try:
            while True:
                data, other = server.recvfrom(65535)
                if other == peer:
                    server.sendto(data, peer)
        except TimeoutError:
            pass
