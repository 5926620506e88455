"""
Bug: handle() is called once for each connection, and it calls recv() once: after the first answer
    the connection is closed, and what comes later is lost.
Cause: single-read
Profile: concurrent
Port: $PORT
"""

import os
import socket
import socketserver
import threading
import time


class EchoRequestHandler(socketserver.BaseRequestHandler):
    """Instantiated once per connection; overrides handle() to talk to the client."""

    def setup(self):
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def handle(self):
        # self.request is the TCP socket connected to the client
        self.data = self.request.recv(65536)
        self.request.sendall(self.data)
        self.server.count(len(self.data))


class EchoServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, address):
        super().__init__(address, EchoRequestHandler)
        self.lock = threading.Lock()
        self.requests = 0
        self.octets = 0

    def count(self, octets):
        with self.lock:
            self.requests += 1
            self.octets += octets

    def get_request(self):
        try:
            return super().get_request()
        except OSError:
            time.sleep(0.05)
            raise

    def handle_error(self, request, client_address):
        """A client that vanished is nothing to make noise about."""


if __name__ == "__main__":
    with EchoServer(("127.0.0.1", int(os.environ["PORT"]))) as server:
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            pass
