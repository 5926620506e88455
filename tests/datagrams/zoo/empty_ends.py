"""An empty datagram ends the loop, as an empty read ends a stream.

Clause: datagram/empty
Trigger: an empty datagram
Profile: sequential
Grade: obvious
Cause: empty-datagram-is-end
"""

import os
import socket

PORT = int(os.environ.get("PORT", "0"))

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind(("127.0.0.1", PORT))
    while True:
        data, peer = server.recvfrom(65535)
        if not data:
            break
        server.sendto(data, peer)
