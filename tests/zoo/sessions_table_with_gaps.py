"""A client takes the next of 72 places in a table, and who finds none waits. The place of one that
has left stays empty until nobody is there any more: while one client stays, 71 others are served.

Clause: resilience/reset-idle
Trigger: one client stays while many others come and go
Profile: concurrent
Grade: nasty
Cause: connections-used-up
"""

import os
import selectors
import socket

PLACES = 72


class Table:
    """Clients by their place, and what has not been sent to each yet."""

    def __init__(self, listener):
        self.listener = listener
        self.selector = selectors.DefaultSelector()
        self.selector.register(listener, selectors.EVENT_READ)
        self.clients = []
        self.unsent = []
        self.waiting = []

    def run(self):
        while True:
            for key, events in self.selector.select():
                if key.fileobj is self.listener:
                    self.come()
                elif events & selectors.EVENT_WRITE:
                    self.send(key.data)
                else:
                    self.read(key.data)

    def come(self):
        try:
            conn, _ = self.listener.accept()
        except OSError:
            return
        conn.setblocking(False)
        self.waiting.append(conn)
        self.seat()

    def seat(self):
        while self.waiting and len(self.clients) < PLACES:
            conn = self.waiting.pop(0)
            self.selector.register(conn, selectors.EVENT_READ, len(self.clients))
            self.clients.append(conn)
            self.unsent.append(b"")

    def go(self, place):
        conn = self.clients[place]
        self.clients[place] = None
        self.selector.unregister(conn)
        conn.close()
        if not any(self.clients):
            self.clients.clear()
            self.unsent.clear()
            self.seat()

    def read(self, place):
        try:
            data = self.clients[place].recv(32768)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.go(place)
            return
        self.unsent[place] = data
        self.send(place)

    def send(self, place):
        conn = self.clients[place]
        try:
            sent = conn.send(self.unsent[place])
        except BlockingIOError:
            sent = 0
        except OSError:
            self.go(place)
            return
        self.unsent[place] = self.unsent[place][sent:]
        wanted = selectors.EVENT_WRITE if self.unsent[place] else selectors.EVENT_READ
        self.selector.modify(conn, wanted, place)


if __name__ == "__main__":
    port = int(os.environ.get("PORT", "0"))
    with socket.create_server(("127.0.0.1", port), backlog=128) as listener:
        listener.setblocking(False)
        Table(listener).run()
