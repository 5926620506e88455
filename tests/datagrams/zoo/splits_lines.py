"""Each line of a datagram is answered by itself.

Clause: datagram/every-byte-value
Trigger: a newline that is not at the end
Profile: sequential
Grade: nasty
Cause: datagram-cut-up
"""

import os
import socket

PORT = int(os.environ.get("PORT", "0"))

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind(("127.0.0.1", PORT))
    while True:
        data, peer = server.recvfrom(65535)
        for line in data.splitlines(keepends=True) or [b""]:
            server.sendto(line, peer)
