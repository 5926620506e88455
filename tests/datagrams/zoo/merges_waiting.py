"""All that waits is read before it is answered, in one piece, to whom the last came from.

Clause: datagram/boundaries
Trigger: two datagrams that wait together
Profile: sequential
Grade: nasty
Cause: datagrams-collected
Beside: answers-wrong-client
"""

import os
import socket

PORT = int(os.environ.get("PORT", "0"))

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind(("127.0.0.1", PORT))
    while True:
        data, peer = server.recvfrom(65535)
        server.setblocking(False)
        try:
            while True:
                more, peer = server.recvfrom(65535)
                data += more
        except BlockingIOError:
            pass
        server.setblocking(True)
        server.sendto(data[:65507], peer)
