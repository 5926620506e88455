"""An abstract name, which is no file and is gone with the server; a thread for each client.

Style: socketserver.ThreadingUnixStreamServer
Profile: concurrent
"""

import contextlib
import socketserver
import time


class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        with contextlib.suppress(ConnectionError):
            while data := self.request.recv(4096):
                self.request.sendall(data)


class Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    request_queue_size = 16

    def get_request(self):
        try:
            return super().get_request()
        except OSError:
            time.sleep(0.05)
            raise


with Server("\0echo-of-the-tests", Handler) as server:
    server.serve_forever()
