"""SIGTERM only sets a flag, and the flag is looked at when a datagram comes.

Clause: resilience/terminates
Trigger: SIGTERM
Profile: sequential
Grade: realistic
Cause: sigterm-ignored
"""

import os
import signal
import socket

PORT = int(os.environ.get("PORT", "0"))

stopped: list[bool] = []
signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind(("127.0.0.1", PORT))
    while not stopped:
        data, peer = server.recvfrom(65535)
        server.sendto(data, peer)
