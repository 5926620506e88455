"""
Style: a master with three workers that share the listener, each with a selector for many clients;
    a worker that has had 150 clients takes no more, ends when the last of them has gone, and is
    replaced at once, so that leaks of a library would do no harm.
Profile: concurrent
Port: $PORT
"""

import os
import selectors
import signal
import socket
import sys

CLIENTS, WORKERS, ROOM = 150, 3, 32_768


class Worker:
    def __init__(self, server):
        self.server, self.had, self.here = server, 0, 0
        self.ready = selectors.DefaultSelector()
        self.ready.register(server, selectors.EVENT_READ, self.let_in)

    def run(self):
        resting = False
        while self.here or self.had < CLIENTS:
            for key, _ in self.ready.select(0.2 if resting else None):
                resting = key.data(key.fileobj) is OSError or resting
            # No descriptors are left: the listener has a pause.
            if resting and self.server in self.ready.get_map():
                self.ready.unregister(self.server)
            elif resting and self.had < CLIENTS:
                self.ready.register(self.server, selectors.EVENT_READ, self.let_in)
                resting = False

    def let_in(self, server):
        try:
            client, _ = server.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return None
        except OSError:
            return OSError
        client.setblocking(False)
        self.had, self.here = self.had + 1, self.here + 1
        self.ready.register(client, selectors.EVENT_READ, lambda peer: self.read(peer))
        if self.had == CLIENTS:
            self.ready.unregister(server)
        return None

    def read(self, client):
        try:
            data = client.recv(ROOM)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self.write(client, memoryview(data))
        else:
            self.leave(client)

    def write(self, client, data):
        try:
            data = data[client.send(data) :]
        except BlockingIOError:
            pass
        except OSError:
            self.leave(client)
            return
        if data:
            self.ready.modify(client, selectors.EVENT_WRITE, lambda peer: self.write(peer, data))
        else:
            self.ready.modify(client, selectors.EVENT_READ, lambda peer: self.read(peer))

    def leave(self, client):
        self.ready.unregister(client)
        client.close()
        self.here -= 1


def hire(server, lifeline):
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.close(lifeline[1])
        worker = Worker(server)
        worker.ready.register(lifeline[0], selectors.EVENT_READ, lambda _: os._exit(0))
        worker.run()
        os._exit(0)
    return child


def main():
    server = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=300)
    server.setblocking(False)
    lifeline = os.pipe()
    children = {hire(server, lifeline) for _ in range(WORKERS)}

    def end(number, frame):
        for child in children:
            os.kill(child, signal.SIGTERM)
        sys.exit(0)

    signal.signal(signal.SIGTERM, end)
    while True:
        gone, status = os.wait()
        print(f"worker {gone} ended with {status}", file=sys.stderr)
        children.discard(gone)
        children.add(hire(server, lifeline))


main()
