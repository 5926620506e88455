"""
Bug: the reader sets an Event for each piece, and the writer takes one piece for each time it wakes;
    two pieces that come before it wakes set the Event once, so one stays until the next is read.
Cause: none-of-these
Also: one-behind
Profile: concurrent
Port: $PORT
"""

import os
import socket
import threading
import time


class Client:
    """One thread listens, the other one talks."""

    def __init__(self, sock):
        self.sock = sock
        self.mail = []
        self.mail_came = threading.Event()
        self.places = threading.Semaphore(40)
        self.over = False
        self.broken = False

    def start(self):
        threading.Thread(target=self.listen, daemon=True).start()
        threading.Thread(target=self.talk, daemon=True).start()

    def listen(self):
        try:
            data = self.sock.recv(700)
            while data and not self.broken:
                self.places.acquire()
                self.mail.append(data)
                self.mail_came.set()
                data = self.sock.recv(700)
        except OSError:
            pass
        self.over = True
        self.mail_came.set()

    def talk(self):
        try:
            while not self.over:
                self.mail_came.wait()
                self.mail_came.clear()
                if self.mail:
                    self.send_first()
            while self.mail:
                self.send_first()
        except OSError:
            self.broken = True
            self.places.release()
        self.sock.close()

    def send_first(self):
        self.sock.sendall(self.mail.pop(0))
        self.places.release()


server = socket.socket()
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", int(os.environ["PORT"])))
server.listen(50)
while True:
    try:
        sock, address = server.accept()
    except OSError:
        time.sleep(0.1)
        continue
    Client(sock).start()
