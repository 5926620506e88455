"""There is no loop: the first datagram is answered, and then the server sleeps.

Clause: datagram/boundaries
Trigger: a second datagram
Profile: sequential
Grade: obvious
Cause: no-receive-loop
"""

import os
import socket
import time

PORT = int(os.environ.get("PORT", "0"))

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind(("127.0.0.1", PORT))
    data, peer = server.recvfrom(65535)
    server.sendto(data, peer)
    while True:
        time.sleep(1)
