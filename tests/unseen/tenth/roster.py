"""
Bug: the accept loop removes the threads that have ended from a dict while it goes over it; that
    raises RuntimeError, and the server ends when somebody connects after a client has left.
Cause: crash, removal-skips-next
Profile: concurrent
Port: $PORT
"""

import os
import socket
import threading
import time


class EchoServer:
    def __init__(self, host, port):
        self.workers = {}
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.sock.bind((host, port))
        self.sock.listen(256)

    def handle(self, client):
        with client:
            try:
                while True:
                    data = client.recv(4096)
                    if not data:
                        break
                    client.sendall(data)
            except OSError:
                pass

    def start(self):
        while True:
            try:
                client, address = self.sock.accept()
            except OSError:
                time.sleep(0.1)
                continue
            self.clean_up()
            worker = threading.Thread(target=self.handle, args=(client,), daemon=True)
            self.workers[address] = worker
            worker.start()

    def clean_up(self):
        for address, worker in self.workers.items():
            if not worker.is_alive():
                del self.workers[address]


if __name__ == "__main__":
    EchoServer("127.0.0.1", int(os.environ.get("PORT", "9000"))).start()
