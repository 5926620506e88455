"""
Style: threads whose state is full of cycles (handlers that know their session, a session that
    knows its handlers), with the automatic collector switched off and called by a thread each
    second, and 200 tables of a large heap that is there for other services of the program.
Profile: concurrent
Port: $PORT
"""

import gc
import os
import socket
import threading
import time

tables = [{f"{number}-{table}": [number] for number in range(1_000)} for table in range(200)]


class Session:
    def __init__(self, client):
        self.client = client
        self.handlers = [Handler(self, name) for name in ("read", "write", "end")]
        self.last = b""

    def run(self):
        try:
            while self.handlers[0].read():
                self.handlers[1].write()
        except OSError:
            pass
        finally:
            self.client.close()


class Handler:
    def __init__(self, session, name):
        self.session, self.name, self.notes = session, name, {"me": self}

    def read(self):
        self.session.last = self.session.client.recv(8_000)
        return self.session.last

    def write(self):
        self.session.client.sendall(self.session.last)


def collect():
    while True:
        time.sleep(1.0)
        gc.collect()


gc.disable()
gc.freeze()
threading.Thread(target=collect, daemon=True).start()
with socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=200) as server:
    while True:
        try:
            peer = server.accept()[0]
        except OSError:
            time.sleep(0.1)
            continue
        try:
            threading.Thread(target=Session(peer).run, daemon=True).start()
        except RuntimeError:
            peer.close()
