"""Bug: the handler goes over the lines of the connection, so what has no newline is not answered
    until the client ends
Cause: waits-for-newline
Profile: concurrent
Transport: unix
Port: $SOCKET_PATH
"""

import os
import socketserver
from contextlib import suppress


class Lines(socketserver.StreamRequestHandler):
    def handle(self):
        with suppress(ConnectionError):
            for line in self.rfile:
                self.wfile.write(line)


class Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    request_queue_size = 128


path = os.environ["SOCKET_PATH"]
with suppress(FileNotFoundError):
    os.unlink(path)
with Server(path, Lines) as server:
    server.serve_forever()
