"""
Bug: the condition of the loop reads from the client, and its body reads again, so every other
    message is lost.
Cause: every-other-read-lost
Profile: sequential
Port: $PORT
"""

import os
import socket
import time


class EchoServer:
    def __init__(self, host, port):
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.sock.bind((host, port))
        self.sock.listen(8)

    def start(self):
        while True:
            try:
                conn, addr = self.sock.accept()
            except OSError:
                time.sleep(0.1)
                continue
            self.handle(conn)

    def handle(self, conn):
        try:
            while conn.recv(1024):
                data = conn.recv(1024)
                conn.sendall(data)
        except OSError:
            pass
        conn.close()


server = EchoServer("127.0.0.1", int(os.environ["PORT"]))
server.start()
