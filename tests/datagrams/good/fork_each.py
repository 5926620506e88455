"""A child for each datagram, which answers that one and ends.

Style: fork
Profile: sequential
"""

import os
import signal
import socket

PORT = int(os.environ.get("PORT", "0"))

signal.signal(signal.SIGCHLD, signal.SIG_IGN)

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind(("127.0.0.1", PORT))
    while True:
        data, peer = server.recvfrom(65535)
        if os.fork() == 0:
            server.sendto(data, peer)
            os._exit(0)
