"""A child is forked for each client and stays for two seconds; what others send it drops.

Clause: datagram/interleaved
Trigger: two clients that take turns
Profile: sequential
Grade: nasty
Cause: child-takes-datagrams
"""

import os
import signal
import socket

PORT = int(os.environ.get("PORT", "0"))

signal.signal(signal.SIGCHLD, signal.SIG_IGN)


def serve(server: socket.socket, data: bytes, peer: tuple[str, int]) -> None:
    """In the child."""
    server.sendto(data, peer)
    signal.alarm(2)  # which ends it
    while True:
        data, other = server.recvfrom(65535)
        if other == peer:
            server.sendto(data, peer)


with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind(("127.0.0.1", PORT))
    while True:
        data, peer = server.recvfrom(65535)
        if os.fork() == 0:
            serve(server, data, peer)
