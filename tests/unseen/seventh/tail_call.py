"""
Bug: the generator of a client delegates to a new generator of itself for each message, and Python
    does not forget the outer ones: after about a thousand messages there is a RecursionError.
Cause: recursion
Also: reads-quota
Profile: concurrent
Port: $PORT
"""

import os
import socket
import time
from selectors import EVENT_READ, EVENT_WRITE, DefaultSelector


def receive(sock):
    yield EVENT_READ, sock
    return sock.recv(2048)


def send(sock, data):
    while data:
        yield EVENT_WRITE, sock
        data = data[sock.send(data) :]


def echo(sock):
    data = yield from receive(sock)
    if data:
        yield from send(sock, data)
        yield from echo(sock)


class Kernel:
    """Runs generators that yield what they wait for, in the spirit of a tiny trio."""

    def __init__(self, port):
        self.server = socket.create_server(("127.0.0.1", port), backlog=128)
        self.server.setblocking(False)
        self.selector = DefaultSelector()
        self.selector.register(self.server, EVENT_READ)

    def step(self, task, sock):
        try:
            what, where = next(task)
        except (StopIteration, OSError):
            sock.close()
        except RecursionError:
            print("a client has said too much")
            sock.close()
        else:
            self.selector.register(where, what, task)

    def accept(self):
        try:
            sock, _ = self.server.accept()
        except BlockingIOError:
            return
        except OSError:
            time.sleep(0.05)
            return
        sock.setblocking(False)
        self.step(echo(sock), sock)

    def run(self):
        while True:
            for key, _ in self.selector.select():
                if key.fileobj is self.server:
                    self.accept()
                else:
                    self.selector.unregister(key.fileobj)
                    self.step(key.data, key.fileobj)


Kernel(int(os.environ["PORT"])).run()
