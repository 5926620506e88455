"""
Bug: all that any client ever said is appended to a history that nobody reads and nobody shortens;
    the server grows with every connection.
Cause: memory-leak
Caught by: resources/memory
Profile: concurrent
Port: $PORT
"""

import os
import socketserver

history = []


class Recorder(socketserver.BaseRequestHandler):
    def setup(self):
        self.transcript = bytearray(256 * 1024)
        self.length = 0

    def handle(self):
        try:
            while data := self.request.recv(4096):
                end = min(self.length + len(data), len(self.transcript))
                self.transcript[self.length : end] = data[: end - self.length]
                self.length = end
                self.request.sendall(data)
        except OSError:
            pass

    def finish(self):
        history.append((self.client_address, self.transcript))


class RecordingServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64


RecordingServer(("127.0.0.1", int(os.environ["PORT"])), Recorder).serve_forever()
