"""
Bug: nothing but a WeakValueDictionary holds the sessions; they live on only because each is a cycle
    of references, until the garbage collector runs and closes the connections of all who are there.
Cause: closes-before-client
Profile: concurrent
Port: $PORT
"""

import os
import select
import socket
import time
import weakref


class Session:
    def __init__(self, reactor, sock):
        self.reactor = reactor
        self.sock = sock
        self.rest = b""
        self.actions = {select.EPOLLIN: self.on_input, select.EPOLLOUT: self.on_room}
        self.wanted = select.EPOLLIN

    def on_event(self):
        try:
            self.actions[self.wanted]()
        except BlockingIOError:
            pass
        except OSError:
            self.close()

    def on_input(self):
        self.rest = self.sock.recv(4096)
        if self.rest:
            self.on_room()
        else:
            self.close()

    def on_room(self):
        try:
            self.rest = self.rest[self.sock.send(self.rest) :]
        finally:
            self.want(select.EPOLLOUT if self.rest else select.EPOLLIN)

    def want(self, event):
        if event != self.wanted:
            self.wanted = event
            self.reactor.epoll.modify(self.sock, event)

    def close(self):
        self.reactor.epoll.unregister(self.sock)
        self.sock.close()


class Reactor:
    def __init__(self, port):
        self.epoll = select.epoll()
        self.listener = socket.create_server(("127.0.0.1", port), backlog=100)
        self.epoll.register(self.listener, select.EPOLLIN)
        # weak, so that a session goes away by itself with its connection
        self.sessions = weakref.WeakValueDictionary()

    def accept(self):
        try:
            sock, _ = self.listener.accept()
        except OSError:
            time.sleep(0.05)
            return
        sock.setblocking(False)
        self.sessions[sock.fileno()] = Session(self, sock)
        self.epoll.register(sock, select.EPOLLIN)

    def run(self):
        while True:
            for fd, _ in self.epoll.poll():
                if fd == self.listener.fileno():
                    self.accept()
                else:
                    session = self.sessions.get(fd)
                    if session is not None:
                        session.on_event()


Reactor(int(os.environ["PORT"])).run()
