"""
Bug: read(4096) of a buffered file waits for all of the 4096 bytes; short messages are answered
    only when enough of them have come or the client ends.
Cause: waits-for-full-buffer
Caught by: chunking/prompt
Profile: concurrent
Port: $PORT
"""

import os
import socketserver

BLOCK = 4096


class BlockEcho(socketserver.StreamRequestHandler):
    def blocks(self):
        while block := self.rfile.read(BLOCK):
            yield block

    def handle(self):
        try:
            self.wfile.writelines(self.blocks())
        except ConnectionError:
            pass

    def finish(self):
        try:
            super().finish()
        except ConnectionError:
            pass


class EchoServer(socketserver.ThreadingMixIn, socketserver.TCPServer):
    allow_reuse_address = True
    request_queue_size = 128
    daemon_threads = True


EchoServer(("127.0.0.1", int(os.environ.get("PORT", 0))), BlockEcho).serve_forever()
