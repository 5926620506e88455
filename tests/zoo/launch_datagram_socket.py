"""The socket is a UDP socket, of which nobody can be accepted: listen() fails, and the server ends.

Clause: launch/listens
Trigger: none, waiting for the listener is enough
Profile: sequential
Grade: obvious
Cause: datagram-socket | not-listening
"""

import os
import socket

PORT = int(os.environ.get("PORT", "0"))

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind(("127.0.0.1", PORT))
    server.listen()
    while True:
        conn, _ = server.accept()
        with conn:
            while data := conn.recv(1024):
                conn.sendall(data)
