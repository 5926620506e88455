"""
Bug: wfile has a buffer, and it is flushed only when a line end is in what was read; an answer
    without one stays there until the client ends.
Cause: not-flushed
Also: waits-for-newline
Profile: concurrent
Port: $PORT
"""

import os
import socketserver


class EchoHandler(socketserver.StreamRequestHandler):
    # One packet for each line, as a terminal does it, in place of one for each write().
    wbufsize = 8192

    def handle(self):
        try:
            while chunk := self.rfile.read1(4096):
                self.wfile.write(chunk)
                if b"\n" in chunk:
                    self.wfile.flush()
        except ConnectionError:
            pass


class EchoServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128


if __name__ == "__main__":
    with EchoServer(("127.0.0.1", int(os.environ["PORT"])), EchoHandler) as server:
        server.serve_forever()
