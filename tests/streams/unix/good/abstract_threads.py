"""An abstract name, which is no file and is gone with the server; a thread for each client.

Style: socketserver.ThreadingUnixStreamServer
Profile: concurrent
"""

import contextlib
import socketserver


class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        with contextlib.suppress(ConnectionError):
            while data := self.request.recv(4096):
                self.request.sendall(data)


class Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    request_queue_size = 16


with Server("\0echo-of-the-tests", Handler) as server:
    server.serve_forever()
