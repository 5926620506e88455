"""
Bug: when a client that takes nothing breaks off, the thread that writes ends, and the one that
    reads waits for ever to put a piece into the full queue that nobody empties any more.
Cause: thread-leak
Also: descriptor-leak
Profile: concurrent
Port: $PORT
"""

import os
import queue
import socket
import threading
import time


class Postman(threading.Thread):
    """Carries what is in the box to the client."""

    def __init__(self, sock, box):
        super().__init__(daemon=True)
        self.sock = sock
        self.box = box

    def run(self):
        while (letter := self.box.get()) is not None:
            try:
                self.sock.sendall(letter)
            except OSError:
                return


class Office(threading.Thread):
    """Collects what the client sends.  The box is small, so a slow client slows itself down."""

    def __init__(self, sock):
        super().__init__(daemon=True)
        self.sock = sock
        self.box = queue.Queue(maxsize=6)

    def run(self):
        postman = Postman(self.sock, self.box)
        postman.start()
        try:
            while letter := self.sock.recv(16384):
                self.box.put(letter)
        except OSError:
            pass
        self.box.put(None)
        postman.join()
        self.sock.close()


def main():
    with socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=100) as server:
        while True:
            try:
                sock, _ = server.accept()
            except OSError:
                time.sleep(0.1)
                continue
            Office(sock).start()


if __name__ == "__main__":
    main()
