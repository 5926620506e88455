"""Bug: once a client has sent something, only it is served until it has been silent for a second,
    and what others send meanwhile is thrown away
Cause: waits-for-one-client
Profile: sequential
Transport: udp
Port: $PORT
"""

import os
import socket


def session(sock, client, data):
    sock.settimeout(1.0)
    try:
        while True:
            sock.sendto(data, client)
            data, sender = sock.recvfrom(65536)
            while sender != client:
                data, sender = sock.recvfrom(65536)
    except TimeoutError:
        pass
    finally:
        sock.settimeout(None)


sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.bind(("127.0.0.1", int(os.environ["PORT"])))
while True:
    first, who = sock.recvfrom(65536)
    session(sock, who, first)
