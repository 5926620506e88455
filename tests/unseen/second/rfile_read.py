"""
Bug: rfile.read(100) waits until 100 bytes have come (or the end), so a shorter message gets no
    answer.
Cause: waits-for-full-buffer
Also: fixed-message-size
Profile: concurrent
Port: $PORT
"""

import os
import socketserver


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        try:
            while True:
                data = self.rfile.read(100)
                if not data:
                    break
                self.wfile.write(data)
        except ConnectionError:
            print("lost", self.client_address)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
