"""
Bug: the handler answers with send(), whose count nobody looks at, so the rest of a chunk is lost
    where send() took only a part of it.
Cause: short-send-ignored
Caught by: partial-send/interrupted-send
Profile: concurrent
Port: $PORT
"""

import os
import socketserver
import time


class EchoHandler(socketserver.BaseRequestHandler):
    """One instance for each client."""

    def handle(self):
        while True:
            try:
                data = self.request.recv(16384)
                if not data:
                    break
                self.request.send(data)
            except ConnectionError:
                break


class EchoServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def get_request(self):
        try:
            return super().get_request()
        except OSError:
            time.sleep(0.1)
            raise


if __name__ == "__main__":
    with EchoServer(("127.0.0.1", int(os.environ["PORT"])), EchoHandler) as server:
        server.serve_forever()
