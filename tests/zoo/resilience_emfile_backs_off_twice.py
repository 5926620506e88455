"""When accept() fails the server waits a little, and notes besides when to register its listener
again, which is registered still.  Each failure puts that off, so it ends 0.1 s after the last one.

Clause: resilience/descriptor-famine
Trigger: a client connects while no descriptor is free, and 0.1 s pass when there are some
Profile: concurrent
Grade: nasty
Cause: accept-error-ends | descriptor-famine | crash
"""

import os
import selectors
import socket
import time

LIMIT = 64 * 1024
RETRY = 0.1


class Client:
    def __init__(self, conn):
        self.conn, self.owed, self.ended = conn, bytearray(), False

    def serve(self, mask):
        if mask & selectors.EVENT_READ:
            data = self.conn.recv(16 * 1024)
            self.owed += data
            self.ended = not data
        if self.owed:
            del self.owed[: self.conn.send(self.owed)]

    def events(self):
        reads = not self.ended and len(self.owed) < LIMIT
        return (selectors.EVENT_READ if reads else 0) | (selectors.EVENT_WRITE if self.owed else 0)


class Server:
    def __init__(self, listener):
        self.listener, self.again = listener, None
        self.selector = selectors.DefaultSelector()
        self.selector.register(listener, selectors.EVENT_READ)

    def accept(self):
        try:
            conn, _ = self.listener.accept()
        except OSError:
            time.sleep(0.02)
            self.again = time.monotonic() + RETRY
            return
        conn.setblocking(False)
        self.selector.register(conn, selectors.EVENT_READ, Client(conn))

    def serve(self, client, mask):
        try:
            client.serve(mask)
        except BlockingIOError:
            pass
        except OSError:
            client.owed, client.ended = b"", True
        if events := client.events():
            self.selector.modify(client.conn, events, client)
        else:
            self.selector.unregister(client.conn)
            client.conn.close()

    def run(self):
        while True:
            left = None if self.again is None else max(0.0, self.again - time.monotonic())
            for key, mask in self.selector.select(left):
                if key.data is None:
                    self.accept()
                else:
                    self.serve(key.data, mask)
            if self.again is not None and time.monotonic() >= self.again:
                self.selector.register(self.listener, selectors.EVENT_READ)
                self.again = None


def main():
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))), backlog=64)
    listener.setblocking(False)
    Server(listener).run()


if __name__ == "__main__":
    main()
