"""It reads and sends as on a connection, so the system does not know where the answer is to go.

Clause: datagram/hello
Trigger: any datagram
Profile: sequential
Grade: obvious
Cause: send-without-address
"""

import os
import socket

PORT = int(os.environ.get("PORT", "0"))

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind(("127.0.0.1", PORT))
    while True:
        data = server.recv(65535)
        server.sendall(data)
