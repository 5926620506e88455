"""
Style: two threads for each client; between them lies a list of chunks with a budget of 100,000
    bytes, guarded by a condition. Whoever fails tells the other, and the last one closes.
Profile: concurrent
Port: 29101
"""

import socket
import threading
import time

PORT = 29101
BUDGET = 100_000


class Pair:
    def __init__(self, sock):
        self.sock = sock
        self.chunks = []
        self.held = 0
        self.ended = False
        self.broken = False
        self.changed = threading.Condition()
        self.inside = 2

    def receive(self):
        try:
            while True:
                with self.changed:
                    self.changed.wait_for(lambda: self.held < BUDGET or self.broken)
                    if self.broken:
                        break
                chunk = self.sock.recv(20_000)
                if not chunk:
                    break
                with self.changed:
                    self.chunks.append(chunk)
                    self.held += len(chunk)
                    self.changed.notify_all()
        except OSError:
            with self.changed:
                self.broken = True
        with self.changed:
            self.ended = True
            self.changed.notify_all()
        self.leave()

    def send(self):
        try:
            while True:
                with self.changed:
                    self.changed.wait_for(lambda: self.chunks or self.ended or self.broken)
                    if self.broken or not self.chunks:
                        break
                    taken, self.chunks = self.chunks, []
                data = b"".join(taken)
                self.sock.sendall(data)
                with self.changed:
                    self.held -= len(data)
                    self.changed.notify_all()
        except OSError:
            with self.changed:
                self.broken = True
                self.changed.notify_all()
        try:
            # Wakes the other half if it still waits for this client.
            self.sock.shutdown(socket.SHUT_RDWR if self.broken else socket.SHUT_WR)
        except OSError:
            pass
        self.leave()

    def leave(self):
        with self.changed:
            self.inside -= 1
            last = self.inside == 0
        if last:
            self.sock.close()

    def start(self):
        threading.Thread(target=self.receive, daemon=True).start()
        threading.Thread(target=self.send, daemon=True).start()


with socket.create_server(("127.0.0.1", PORT), backlog=100) as listener:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            time.sleep(0.1)
            continue
        Pair(client).start()
