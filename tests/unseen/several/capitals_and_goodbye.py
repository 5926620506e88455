"""
Bug: what comes is sent back in upper case; and when the client has ended it gets a "bye".
Cause: case-changed
Cause: farewell
Beside: spins-at-accept
Caught by: identity/hello, shutdown/at-once
Profile: concurrent
Port: $PORT
"""

import os
import socketserver


class Shout(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        try:
            while received := self.request.recv(8192):
                self.request.sendall(received.upper())
            self.request.sendall(b"bye\r\n")
        except ConnectionError as problem:
            print("lost:", problem)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 100


with Server(("127.0.0.1", int(os.environ["PORT"])), Shout) as server:
    server.serve_forever()
