"""
Bug: the handler goes over self.rfile line by line, so that only whole lines are answered.
Cause: waits-for-newline
Caught by: chunking/prompt
Beside: descriptor-famine, spins-at-accept
Profile: concurrent
Port: $PORT
"""

import contextlib
import os
import socketserver


class EchoHandler(socketserver.StreamRequestHandler):
    def handle(self):
        with contextlib.suppress(OSError):
            for line in self.rfile:
                self.wfile.write(line)


class EchoServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64


if __name__ == "__main__":
    with EchoServer(("127.0.0.1", int(os.environ["PORT"])), EchoHandler) as server:
        server.serve_forever()
