"""Bug: messages and addresses wait in two lists; messages are taken from the front, addresses from
    the back, so when two wait they go to one another's sender
Cause: answers-wrong-client
Profile: sequential
Transport: udp
Port: $PORT
"""

import os
import select
import socket

sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.bind(("127.0.0.1", int(os.environ["PORT"])))
sock.setblocking(False)

messages = []
addresses = []


def read_all():
    while True:
        try:
            message, address = sock.recvfrom(65536)
        except BlockingIOError:
            return
        messages.append(message)
        addresses.append(address)


def write_all():
    while messages:
        sock.sendto(messages.pop(0), addresses.pop())


while True:
    select.select([sock], [], [])
    read_all()
    write_all()
