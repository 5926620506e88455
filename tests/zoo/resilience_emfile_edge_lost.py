"""The listener is edge-triggered.  When accept() fails for want of descriptors its loop ends as if
all had been accepted: who waits then is accepted only when somebody else connects.

Clause: resilience/descriptor-famine
Trigger: a client connects while no descriptor is free, and nobody connects when there are some
Profile: concurrent
Grade: nasty
Cause: descriptor-famine
"""

import os
import select
import socket

LIMIT = 64 * 1024


class Client:
    def __init__(self, conn):
        self.conn, self.owed, self.ended = conn, bytearray(), False

    def serve(self, mask):
        if mask & ~select.EPOLLOUT:
            data = self.conn.recv(16 * 1024)
            self.owed += data
            self.ended = not data
        if self.owed:
            del self.owed[: self.conn.send(self.owed)]

    def events(self):
        reads = not self.ended and len(self.owed) < LIMIT
        return (select.EPOLLIN if reads else 0) | (select.EPOLLOUT if self.owed else 0)


def accept_all(listener, epoll, clients):
    while True:
        try:
            conn, _ = listener.accept()
        except OSError:
            return
        conn.setblocking(False)
        clients[conn.fileno()] = Client(conn)
        epoll.register(conn, select.EPOLLIN)


def serve(client, mask, epoll):
    """Returns whether the client has gone."""
    try:
        client.serve(mask)
    except BlockingIOError:
        pass
    except OSError:
        return True
    events = client.events()
    if events:
        epoll.modify(client.conn, events)
    return not events


def main():
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))), backlog=64)
    listener.setblocking(False)
    epoll, clients = select.epoll(), {}
    epoll.register(listener, select.EPOLLIN | select.EPOLLET)
    while True:
        for fd, mask in epoll.poll():
            if fd == listener.fileno():
                accept_all(listener, epoll, clients)
            elif serve(clients[fd], mask, epoll):
                clients.pop(fd).conn.close()


if __name__ == "__main__":
    main()
