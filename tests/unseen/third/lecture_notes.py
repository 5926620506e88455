"""
Bug: the socket is made with SOCK_DGRAM and served with recvfrom() and sendto(): that is an echo
    server for UDP, and no TCP client can connect.
Cause: datagram-socket
Profile: sequential
Port: $PORT
"""

import os
import socket

# Lecture 5, "Sockets": the echo server
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", int(os.environ["PORT"])))
print("server is ready")

while True:
    data, client = s.recvfrom(2000)
    print(len(data), "bytes from", client)
    s.sendto(data, client)
