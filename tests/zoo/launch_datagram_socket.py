"""The socket is a UDP socket: it echoes datagrams well, but no TCP client can ever connect.

Clause: launch/listens
Trigger: none, waiting for the listener is enough
Profile: sequential
Grade: obvious
Cause: datagram-socket | not-listening
"""

import os
import socket

PORT = int(os.environ.get("PORT", "0"))

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind(("127.0.0.1", PORT))
    while True:
        data, peer = server.recvfrom(1024)
        server.sendto(data, peer)
