"""
Bug: a client that ends in order is taken out of the dictionary and closed; after an error (a
    reset) the function returns before that, so the socket stays open and in the dictionary.
Cause: descriptor-leak
Also: memory-leak
Profile: concurrent
Port: $PORT
"""

import logging
import os
import socket
import threading
import time

log = logging.getLogger("echo.manager")


class ClientManager:
    """Accepts clients and remembers them by address."""

    def __init__(self, host, port):
        self.clients = {}
        self.lock = threading.Lock()
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.sock.bind((host, port))
        self.sock.listen(256)

    def add(self, conn, addr):
        with self.lock:
            self.clients[addr] = conn

    def remove(self, addr):
        with self.lock:
            conn = self.clients.pop(addr, None)
        if conn is not None:
            conn.close()

    def handle(self, conn, addr):
        total = 0
        while True:
            try:
                data = conn.recv(4096)
                if not data:
                    break
                conn.sendall(data)
            except OSError as e:
                log.info("error on connection %s:%d: %s", addr[0], addr[1], e)
                return
            total += len(data)
        self.remove(addr)
        log.info("%s:%d disconnected after %d bytes", addr[0], addr[1], total)

    def run(self):
        while True:
            try:
                conn, addr = self.sock.accept()
            except OSError as e:
                log.info("accept failed: %s", e)
                time.sleep(0.1)
                continue
            self.add(conn, addr)
            t = threading.Thread(target=self.handle, args=(conn, addr), daemon=True)
            t.start()


if __name__ == "__main__":
    ClientManager("127.0.0.1", int(os.environ["PORT"])).run()
