"""
Style: recvfrom() and sendto(), as with datagrams: on a connection the address that is received is
    None, and the one that is given to sendto() is passed over. What sendto() left is sent again.
Profile: sequential
Port: $PORT
"""

import os
import socket
import time

PORT = int(os.environ["PORT"])

server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", PORT))
server.listen(32)

while True:
    try:
        client, address = server.accept()
    except OSError:
        time.sleep(0.1)
        continue
    with client:
        try:
            while True:
                packet, _sender = client.recvfrom(1472)
                if len(packet) == 0:
                    break
                while packet:
                    count = client.sendto(packet, address)
                    packet = packet[count:]
        except OSError:
            print("no answer possible to", address)
