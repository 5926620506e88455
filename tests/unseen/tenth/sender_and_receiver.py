"""
Bug: when sending fails the sending thread just ends, and nobody takes anything out of the queue
    any more; the reading thread waits for ever for a place in it, and the socket is never closed.
Cause: thread-leak, descriptor-leak
Profile: concurrent
Port: $PORT
"""

import logging
import os
import queue
import socket
import threading
import time

log = logging.getLogger("echod")


class Connection:
    """Two threads for each client: one takes bytes in, the other gives them out."""

    def __init__(self, sock, peer):
        self.sock = sock
        self.peer = peer
        self.outbox = queue.Queue(maxsize=16)
        self.sender = threading.Thread(target=self.send_loop, daemon=True)
        self.receiver = threading.Thread(target=self.receive_loop, daemon=True)

    def start(self):
        self.sender.start()
        self.receiver.start()

    def receive_loop(self):
        try:
            while True:
                block = self.sock.recv(16384)
                if not block:
                    break
                self.outbox.put(block)
        except OSError as error:
            log.info("%s: reading: %s", self.peer, error)
        self.outbox.put(None)
        self.sender.join()
        self.sock.close()

    def send_loop(self):
        while True:
            block = self.outbox.get()
            if block is None:
                return
            try:
                self.sock.sendall(block)
            except OSError as error:
                log.info("%s: sending: %s", self.peer, error)
                return


class Server:
    def __init__(self, address):
        self.listener = socket.create_server(address, backlog=512)

    def run(self):
        while True:
            try:
                sock, peer = self.listener.accept()
            except OSError as error:
                log.info("accept: %s", error)
                time.sleep(0.05)
                continue
            try:
                Connection(sock, peer).start()
            except RuntimeError as error:
                log.info("no thread for %s: %s", peer, error)
                sock.close()


if __name__ == "__main__":
    logging.basicConfig(level=os.environ.get("LOGLEVEL", "WARNING"))
    Server(("127.0.0.1", int(os.environ["PORT"]))).run()
