"""Each answer is sent twice, so that one of them surely comes.

Clause: datagram/nothing-unasked
Trigger: any datagram
Profile: sequential
Grade: obvious
Cause: sent-twice
"""

import os
import socket

PORT = int(os.environ.get("PORT", "0"))

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind(("127.0.0.1", PORT))
    while True:
        data, peer = server.recvfrom(65535)
        server.sendto(data, peer)
        server.sendto(data, peer)
