"""The answer goes to the right host, and there to the server's own idea of a port.

Clause: datagram/hello
Trigger: any datagram
Profile: sequential
Grade: obvious
Cause: answers-own-address
"""

import os
import socket

PORT = int(os.environ.get("PORT", "0"))

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind(("127.0.0.1", PORT))
    while True:
        data, (host, _) = server.recvfrom(65535)
        server.sendto(data, (host, 9))
