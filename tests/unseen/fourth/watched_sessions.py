"""
Bug: each session starts a second thread that waits for the event `finished`, which nobody sets.
Cause: thread-leak
Caught by: resources/threads
Profile: concurrent
Port: 29005
"""

import socket
import threading
import time

PORT = 29005


class Session:
    def __init__(self, sock, peer):
        self.sock = sock
        self.peer = peer
        self.received = 0
        self.finished = threading.Event()

    def report(self):
        self.finished.wait()
        print(self.peer, "has sent", self.received, "bytes", flush=True)

    def echo(self):
        try:
            while data := self.sock.recv(10_000):
                self.received += len(data)
                self.sock.sendall(data)
        except ConnectionError as error:
            print(self.peer, error, flush=True)
        finally:
            self.sock.close()

    def start(self):
        for job in (self.report, self.echo):
            threading.Thread(target=job, daemon=True).start()


with socket.create_server(("127.0.0.1", PORT), backlog=100) as listener:
    while True:
        try:
            session = Session(*listener.accept())
        except OSError:
            time.sleep(0.1)
        else:
            session.start()
