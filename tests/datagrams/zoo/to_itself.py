"""The answer is sent to the address that the server is bound to: it gets it itself, and answers it.

Clause: datagram/hello
Trigger: any datagram
Profile: sequential
Grade: obvious
Cause: answers-own-address
"""

import os
import socket

ADDRESS = ("127.0.0.1", int(os.environ.get("PORT", "0")))

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind(ADDRESS)
    while True:
        data, _ = server.recvfrom(65535)
        server.sendto(data, ADDRESS)
