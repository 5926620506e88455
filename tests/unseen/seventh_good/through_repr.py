"""
Style: a thread per client; the bytes are made text by str(), b and quotes are cut off, and the
    escapes of that text are read back: a long way round, but every byte comes home.
Profile: concurrent
Port: 22617
"""

import socket
import threading
import time


def to_text(data):
    return str(data)[2:-1]


def to_bytes(text):
    return text.encode("ascii").decode("unicode_escape").encode("latin-1")


class Client(threading.Thread):
    def __init__(self, sock):
        super().__init__(daemon=True)
        self.sock = sock

    def run(self):
        try:
            data = self.sock.recv(4000)
            while data:
                self.sock.sendall(to_bytes(to_text(data)))
                data = self.sock.recv(4000)
        except OSError:
            pass
        self.sock.close()


if __name__ == "__main__":
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", 22617))
    listener.listen(200)
    while True:
        try:
            sock, _ = listener.accept()
        except OSError:
            time.sleep(0.1)
            continue
        Client(sock).start()
