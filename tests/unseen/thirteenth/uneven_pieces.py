"""
Bug: SO_LINGER is switched on with a time of 0, not off: close() resets the connection, and
    what was not yet delivered is lost.
Cause: reset-instead-of-fin
Profile: sequential
Port: $PORT
"""

import os
import socket
import struct
import time


def cut(data):
    view, at, step = memoryview(data), 0, 1
    while at < len(view):
        yield view[at : at + step]
        at, step = at + step, step * 2 + 1


def send(client, pieces):
    while pieces:
        count = client.sendmsg(pieces)
        while pieces and count >= len(pieces[0]):
            count -= len(pieces.pop(0))
        if pieces:
            pieces[0] = pieces[0][count:]


server = socket.socket()
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", int(os.environ["PORT"])))
server.listen()
print("waiting for clients", flush=True)
while True:
    try:
        peer, where = server.accept()
    except OSError as trouble:
        print("accept:", trouble, flush=True)
        time.sleep(0.1)
        continue
    with peer:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        print("connected:", where, flush=True)
        try:
            while block := peer.recv(65_536):
                send(peer, list(cut(block)))
        except OSError as trouble:
            print("lost:", trouble, flush=True)
        print("disconnected:", where, flush=True)
