"""Bug: each answer is sent while the lock of the audit is held: one client that does not read its
    data stops the answers of all others.
Cause: blocked-by-stalled-reader
Profile: concurrent
Port: $PORT
"""

import contextlib
import os
import signal
import socket
import sys
import threading
import time
from dataclasses import dataclass, field


@dataclass
class Audit:
    """What compliance asks for: the order of the answers over all clients, and their volume."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    sequence: int = 0
    volume: int = 0

    @contextlib.contextmanager
    def entry(self, size):
        with self.lock:
            yield self.sequence
            self.sequence += 1
            self.volume += size


class ClientThread(threading.Thread):
    def __init__(self, server, sock, peer):
        super().__init__(daemon=True, name=f"client-{peer[1]}")
        self.server = server
        self.sock = sock

    def run(self):
        try:
            self.loop()
        except OSError:
            pass
        finally:
            self.server.forget(self)
            self.sock.close()

    def loop(self):
        while True:
            data = self.sock.recv(16384)
            if not data:
                return
            with self.server.audit.entry(len(data)):
                self.sock.sendall(data)


class Server:
    def __init__(self, address, max_clients=3000):
        self.audit = Audit()
        self.clients = set()
        self.clients_lock = threading.Lock()
        self.max_clients = max_clients
        self.listener = socket.create_server(address, backlog=1024)

    def forget(self, client):
        with self.clients_lock:
            self.clients.discard(client)

    def admit(self, sock, peer):
        with self.clients_lock:
            if len(self.clients) >= self.max_clients:
                sock.close()
                return
            client = ClientThread(self, sock, peer)
            self.clients.add(client)
        client.start()

    def serve(self):
        while True:
            try:
                sock, peer = self.listener.accept()
            except OSError:
                time.sleep(0.05)
                continue
            self.admit(sock, peer)


def terminate(signum, frame):
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, terminate)
    Server(("127.0.0.1", int(os.environ["PORT"]))).serve()
