"""
Bug: the mix-in that makes the server threaded stands after TCPServer among the base classes, so
    its methods are never found and each client is served by the accepting thread.
Cause: one-at-a-time
Profile: concurrent
Port: $PORT
"""

import contextlib
import os
import socketserver
import time


class ThreadedEchoServer(socketserver.TCPServer, socketserver.ThreadingMixIn):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def get_request(self):
        try:
            return super().get_request()
        except OSError:
            time.sleep(0.1)
            raise


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        with contextlib.suppress(OSError):
            while chunk := self.request.recv(16 * 1024):
                self.request.sendall(chunk)


if __name__ == "__main__":
    with ThreadedEchoServer(("127.0.0.1", int(os.environ["PORT"])), Echo) as server:
        server.serve_forever()
