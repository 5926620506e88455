"""
Style: socketserver with a process for each client, which copies through the files of the handler,
    in pieces of a random length.
Profile: concurrent
Port: 20206
"""

import contextlib
import random
import socketserver
import time


class Handler(socketserver.StreamRequestHandler):
    rbufsize = 50_000

    def handle(self):
        with contextlib.suppress(OSError):
            while block := self.rfile.read1(random.randint(1, 60_000)):
                self.wfile.write(block)


class Server(socketserver.ForkingMixIn, socketserver.TCPServer):
    allow_reuse_address = True
    request_queue_size = 256
    max_children = 5000
    block_on_close = False

    def get_request(self):
        try:
            return super().get_request()
        except OSError:
            time.sleep(0.1)
            raise


with Server(("127.0.0.1", 20206), Handler) as server:
    server.serve_forever(poll_interval=0.3)
