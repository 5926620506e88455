"""
Bug: the accepted socket is put into self.client, and each thread uses self.client anew, so when a
    second client comes the thread of the first one goes on with the second one's connection.
Cause: shared-loop-variable
Also: shared-buffer
Profile: concurrent
Port: $PORT
"""

import os
import socket
import threading
import time


class EchoServer:
    """Assignment 2: multi-client echo server."""

    def __init__(self, host, port):
        self.host = host
        self.port = port
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.client = None
        self.address = None

    def start(self):
        self.sock.bind((self.host, self.port))
        self.sock.listen(200)
        print(f"Listening on {self.host}:{self.port}", flush=True)
        while True:
            try:
                self.client, self.address = self.sock.accept()
            except OSError:
                time.sleep(0.05)
                continue
            worker = threading.Thread(target=self.serve_client, daemon=True)
            worker.start()

    def serve_client(self):
        try:
            while True:
                data = self.client.recv(4096)
                if not data:
                    break
                self.client.sendall(data)
        except OSError:
            pass
        finally:
            self.client.close()


if __name__ == "__main__":
    server = EchoServer("127.0.0.1", int(os.environ["PORT"]))
    server.start()
