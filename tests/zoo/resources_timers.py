"""Each connection starts a Timer, a thread of its own, that is to report sessions longer than an
hour; it is not cancelled when the session ends.

Clause: resources/threads
Trigger: many connections, one after another
Profile: sequential
Grade: realistic
Cause: thread-leak
"""

import os
import socketserver
import sys
import threading


class Handler(socketserver.BaseRequestHandler):
    def setup(self):
        self.timer = threading.Timer(3600, self.report)
        self.timer.daemon = True
        self.timer.start()

    def report(self):
        print(f"{self.client_address} is here for an hour", file=sys.stderr)

    def handle(self):
        try:
            while data := self.request.recv(1024):
                self.request.sendall(data)
        except OSError:
            pass


class Server(socketserver.TCPServer):
    allow_reuse_address = True
    request_queue_size = 128


if __name__ == "__main__":
    with Server(("127.0.0.1", int(os.environ.get("PORT", "0"))), Handler) as server:
        server.serve_forever()
