"""
Bug: the default timeout, meant for accept() so that a flag can be looked at, is that of each
    client's socket too: who is silent for half a second is closed.
Cause: idle-timeout
Also: gives-up-on-slow-reader
Profile: concurrent
Port: 20105
"""

import signal
import socket
import threading
import time

socket.setdefaulttimeout(0.5)


class Service:
    def __init__(self, address):
        self.address = address
        self.running = True

    def stop(self, *_):
        self.running = False

    def start(self):
        with socket.create_server(self.address, backlog=128) as server_socket:
            while self.running:
                try:
                    client_socket, _ = server_socket.accept()
                except TimeoutError:
                    continue
                except OSError:
                    time.sleep(0.1)
                    continue
                threading.Thread(target=self.serve, args=[client_socket], daemon=True).start()

    def serve(self, client_socket):
        try:
            with client_socket:
                chunk = client_socket.recv(2048)
                while chunk and self.running:
                    client_socket.sendall(chunk)
                    chunk = client_socket.recv(2048)
        except OSError:
            return


if __name__ == "__main__":
    service = Service(("127.0.0.1", 20105))
    signal.signal(signal.SIGTERM, service.stop)
    service.start()
