"""
Bug: the end is tested as in Java or C#, with `is not None`, but recv() gives empty bytes: after
    the client's end the thread goes round for ever, and the connection is not closed
Cause: missing-break
Also: spins-at-end, never-closes
Profile: concurrent
Port: $PORT
"""

import os
import socket
import threading
import time

BUFFER_SIZE = 8192


class ClientHandler(threading.Thread):
    """Serves one client. Was: class ClientHandler implements Runnable."""

    def __init__(self, sock, name):
        super().__init__(name=name, daemon=True)
        self._sock = sock

    def run(self):
        try:
            data = self.read()
            while data is not None:
                self.write(data)
                data = self.read()
        except OSError:
            pass
        finally:
            self._sock.close()

    def read(self):
        return self._sock.recv(BUFFER_SIZE)

    def write(self, data):
        self._sock.sendall(data)


class EchoServer:
    def __init__(self, port):
        self._server_socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._server_socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._server_socket.bind(("127.0.0.1", port))
        self._server_socket.listen(512)
        self._counter = 0

    def start(self):
        while True:
            try:
                sock, _ = self._server_socket.accept()
            except OSError:
                time.sleep(0.05)
                continue
            self._counter += 1
            handler = ClientHandler(sock, "client-%d" % self._counter)
            try:
                handler.start()
            except RuntimeError:
                sock.close()


if __name__ == "__main__":
    EchoServer(int(os.environ["PORT"])).start()
