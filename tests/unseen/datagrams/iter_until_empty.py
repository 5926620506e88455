"""Bug: the loop reads until it gets b"", as one does with TCP, so an empty datagram ends the server
Cause: empty-datagram-is-end
Profile: sequential
Transport: udp
Port: $PORT
"""

import os
from socket import AF_INET, SOCK_DGRAM, socket


class Endpoint:
    def __init__(self, port):
        self.sock = socket(AF_INET, SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", port))
        self.peer = None

    def receive(self):
        data, self.peer = self.sock.recvfrom(1 << 16)
        return data

    def reply(self, data):
        self.sock.sendto(data, self.peer)


endpoint = Endpoint(int(os.environ["PORT"]))
for message in iter(endpoint.receive, b""):
    endpoint.reply(message)
