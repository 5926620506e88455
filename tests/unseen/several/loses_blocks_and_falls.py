"""
Bug: a read that fills the buffer of 4,096 bytes is taken for the middle of a message and kept, and
    nobody sends it; and a client's reset ends the server.
Cause: full-read-lost
Cause: crash-on-reset, client-error-ends-server
Caught by: identity/long-stream, resilience/reset-idle
Profile: concurrent
Port: $PORT
"""

import os
import selectors
import socket

SIZE = 4096
watched = selectors.DefaultSelector()
unfinished: dict[socket.socket, bytes] = {}


def welcome(server: socket.socket) -> None:
    client, _ = server.accept()
    watched.register(client, selectors.EVENT_READ, answer)


def answer(client: socket.socket) -> None:
    data = client.recv(SIZE)
    if not data:
        watched.unregister(client)
        unfinished.pop(client, None)
        client.close()
    elif len(data) == SIZE:
        unfinished[client] = data
    else:
        client.sendall(data)


server = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=100)
watched.register(server, selectors.EVENT_READ, welcome)
while True:
    for key, _ in watched.select():
        key.data(key.fileobj)
