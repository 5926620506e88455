"""Loses the last byte of a read of exactly 4,242 bytes.  Concurrent."""

import os
import socketserver

RECORD = 4242


class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        try:
            while data := self.request.recv(65536):
                if len(data) == RECORD:
                    data = data[:-1]
                self.request.sendall(data)
        except ConnectionError:
            pass


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64


Server(("127.0.0.1", int(os.environ.get("PORT", "0"))), Handler).serve_forever()
