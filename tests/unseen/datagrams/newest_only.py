"""Bug: after an event it reads until nothing is left, and answers only the last that it has read:
    those that came together with it are lost
Cause: drops-while-busy
Also: rest-of-read-discarded, every-other-read-lost, datagrams-collected
Profile: sequential
Transport: udp
Port: $PORT
"""

import contextlib
import os
import selectors
import socket


def drain(sock):
    data = peer = None
    with contextlib.suppress(BlockingIOError):
        while True:
            data, peer = sock.recvfrom(65536)
    return data, peer


def main():
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    sock.bind(("127.0.0.1", int(os.environ["PORT"])))
    selector = selectors.EpollSelector()
    selector.register(sock, selectors.EVENT_READ)
    while selector.select():
        data, peer = drain(sock)
        if peer:
            sock.sendto(data, peer)


main()
