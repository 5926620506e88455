"""Style: UDP; asks how long the next datagram is (MSG_PEEK and MSG_TRUNC) and reads just that
Profile: sequential
Transport: udp
Port: $PORT
"""

import os
import socket
from socket import MSG_PEEK, MSG_TRUNC


def main():
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", int(os.environ["PORT"])))
    nothing = bytearray(1)
    while True:
        size, _ = sock.recvfrom_into(nothing, 1, MSG_PEEK | MSG_TRUNC)
        buffer = bytearray(size)
        with memoryview(buffer) as view:
            if size:
                _, peer = sock.recvfrom_into(view)
            else:
                _, peer = sock.recvfrom(1)
            sock.sendto(view, peer)


main()
