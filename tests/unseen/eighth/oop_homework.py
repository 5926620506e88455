"""
Bug: the connection is kept in an attribute of the one server object, which every thread uses: when
    a second client has been accepted, the thread of the first one reads from the second.
Cause: shared-loop-variable
Profile: concurrent
Port: $PORT
"""

import os
import socket
import threading
import time


class EchoServer:
    """Homework 4: the echo server, now object-oriented."""

    def __init__(self, host, port):
        self.listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind((host, port))
        self.listener.listen(100)
        self.client = None
        self.address = None

    def run(self):
        while True:
            try:
                self.client, self.address = self.listener.accept()
            except OSError as problem:
                print("accept:", problem)
                time.sleep(0.2)
                continue
            print("hello", self.address)
            threading.Thread(target=self.talk, daemon=True).start()

    def talk(self):
        try:
            while True:
                data = self.client.recv(1500)
                if not data:
                    break
                self.client.sendall(data)
        except OSError as problem:
            print("client:", problem)
        self.client.close()


if __name__ == "__main__":
    server = EchoServer("127.0.0.1", int(os.environ["PORT"]))
    server.run()
