"""
Bug: `pending` is an attribute of the class, and `+=` and `del` change that one bytearray in
    place, so all clients share it and one client's bytes are sent to another.
Cause: shared-buffer
Profile: concurrent
Port: $PORT
"""

import os
import selectors
import socket
import time

LIMIT = 50_000


class Client:
    finished = False
    pending = bytearray()

    def __init__(self, sock):
        self.sock = sock

    def receive(self):
        data = self.sock.recv(5000)
        self.pending += data
        self.finished = not data

    def send(self):
        sent = self.sock.send(self.pending)
        del self.pending[:sent]

    @property
    def interest(self):
        events = 0
        if not self.finished and len(self.pending) < LIMIT:
            events |= selectors.EVENT_READ
        if self.pending:
            events |= selectors.EVENT_WRITE
        return events


class Server:
    def __init__(self, address):
        self.selector = selectors.DefaultSelector()
        self.listener = socket.create_server(address, backlog=64)
        self.listener.setblocking(False)
        self.selector.register(self.listener, selectors.EVENT_READ)

    def accept(self):
        try:
            sock, _ = self.listener.accept()
        except BlockingIOError:
            return
        except OSError:
            time.sleep(0.1)
            return
        sock.setblocking(False)
        self.selector.register(sock, selectors.EVENT_READ, Client(sock))

    def serve(self, client, events):
        try:
            if events & selectors.EVENT_READ:
                client.receive()
            if events & selectors.EVENT_WRITE:
                client.send()
        except BlockingIOError:
            pass
        except OSError:
            self.drop(client)
            return
        if client.interest:
            self.selector.modify(client.sock, client.interest, client)
        else:
            self.drop(client)

    def drop(self, client):
        self.selector.unregister(client.sock)
        client.sock.close()

    def run(self):
        while True:
            for key, events in self.selector.select():
                if key.data is None:
                    self.accept()
                else:
                    self.serve(key.data, events)


Server(("127.0.0.1", int(os.environ["PORT"]))).run()
