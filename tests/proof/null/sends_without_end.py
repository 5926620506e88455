"""Sends random bytes without end and reads nothing.

Profile: concurrent
"""

import os
import random
import socketserver


class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        rng = random.Random(1)
        try:
            while True:
                self.request.sendall(rng.randbytes(4096))
        except OSError:
            pass


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


Server((os.environ["HOST"], int(os.environ["PORT"])), Handler).serve_forever()
