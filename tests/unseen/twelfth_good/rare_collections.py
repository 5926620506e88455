"""
Style: threads whose state is full of cycles (handlers that know their session), with the automatic
    collector tuned to come rarely (gc.set_threshold), as is recommended for speed: what clients
    left lies about until some 5,500 have come, up to 130 MiB, and is collected then, again and
    again.
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
        self.session.last = self.session.client.recv(65_536)
        return self.session.last

    def write(self):
        self.session.client.sendall(self.session.last)


gc.set_threshold(50_000, 20, 50)
gc.freeze()
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
