"""The answer begins with a word that nobody has sent.

Clause: datagram/hello
Trigger: any datagram
Profile: sequential
Grade: obvious
Cause: prefix-or-suffix
Beside: message-size-limit | datagram-buffer-small
"""

import os
import socket

PORT = int(os.environ.get("PORT", "0"))

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind(("127.0.0.1", PORT))
    while True:
        data, peer = server.recvfrom(65535)
        server.sendto(b"Echo: " + data[:65500], peer)
