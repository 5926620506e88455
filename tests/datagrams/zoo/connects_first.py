"""The socket is connected to the first client; the system drops what others send.

Clause: datagram/interleaved
Trigger: two clients
Profile: sequential
Grade: obvious
Cause: connected-to-first-client
"""

import os
import socket

PORT = int(os.environ.get("PORT", "0"))

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind(("127.0.0.1", PORT))
    data, peer = server.recvfrom(65535)
    server.connect(peer)
    while True:
        try:
            server.send(data)
            data = server.recv(65535)
        except ConnectionRefusedError:
            continue
