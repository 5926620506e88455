"""readline() waits for a newline, so a message without one is not answered before the end.

Clause: chunking/prompt
Trigger: a message without a newline, waiting for its reply
Profile: concurrent
Grade: realistic
Cause: waits-for-newline
Beside: unbounded-buffer
"""

import os
import socketserver


class LineHandler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        try:
            while line := self.rfile.readline():
                self.wfile.write(line)
        except ConnectionError:
            pass


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64


with Server(("127.0.0.1", int(os.environ.get("PORT", "0"))), LineHandler) as server:
    server.serve_forever()
