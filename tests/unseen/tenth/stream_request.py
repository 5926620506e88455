"""
Bug: read(1024) of a buffered file waits until it has 1,024 bytes or the end, and not only until
    there is something; so shorter messages are answered when enough has come.
Cause: waits-for-full-buffer
Profile: sequential
Port: $PORT
"""

import os
import socketserver
import time


class EchoHandler(socketserver.StreamRequestHandler):
    def handle(self):
        try:
            while True:
                chunk = self.rfile.read(1024)
                if chunk == b"":
                    break
                self.wfile.write(chunk)
        except ConnectionError:
            pass


class EchoServer(socketserver.TCPServer):
    allow_reuse_address = True
    request_queue_size = 128

    def get_request(self):
        try:
            return super().get_request()
        except OSError:
            time.sleep(0.1)
            raise


if __name__ == "__main__":
    address = ("127.0.0.1", int(os.environ.get("PORT", 7777)))
    with EchoServer(address, EchoHandler) as server:
        server.serve_forever()
