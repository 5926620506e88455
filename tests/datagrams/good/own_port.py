"""It takes a port of its own and says which; nobody tells it one.

Style: blocking, port of its own
Profile: sequential
"""

import socket

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind(("127.0.0.1", 0))
    print("port", server.getsockname()[1], flush=True)
    while True:
        data, peer = server.recvfrom(65535)
        server.sendto(data, peer)
