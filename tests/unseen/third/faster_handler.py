"""
Bug: the handler asks for a buffered wfile (wbufsize = 6000) and never flushes it, so a short
    answer stays in the program until 6000 bytes have come together or the client ends.
Cause: not-flushed
Profile: concurrent
Port: $PORT
"""

import os
import socketserver


class EchoHandler(socketserver.StreamRequestHandler):
    wbufsize = 6000  # fewer system calls
    disable_nagle_algorithm = True

    def handle(self):
        try:
            while data := self.request.recv(4000):
                self.wfile.write(data)
        except ConnectionError as error:
            print(self.client_address, error)


class EchoServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 50


if __name__ == "__main__":
    with EchoServer(("127.0.0.1", int(os.environ["PORT"])), EchoHandler) as server:
        server.serve_forever()
