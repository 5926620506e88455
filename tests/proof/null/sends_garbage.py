"""Sends as many random bytes as it receives.

Profile: concurrent
"""

import os
import random
import socketserver


class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        rng = random.Random(1)
        while data := self.request.recv(65536):
            self.request.sendall(rng.randbytes(len(data)))


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


Server((os.environ["HOST"], int(os.environ["PORT"])), Handler).serve_forever()
