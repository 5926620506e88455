"""
Bug: handle_error() raises the error of a client's connection again, and it leaves serve_forever():
    one client that breaks off ends the server.
Cause: client-error-ends-server
Also: crash-on-reset
Profile: sequential
Port: $PORT
"""

import os
import socketserver


class EchoHandler(socketserver.BaseRequestHandler):
    def handle(self):
        while True:
            block = self.request.recv(2000)
            if len(block) == 0:
                return
            self.request.sendall(block)


class EchoServer(socketserver.TCPServer):
    allow_reuse_address = True
    request_queue_size = 32

    def handle_error(self, request, client_address):
        # The original prints the error and goes on. Errors should never pass silently!
        raise


with EchoServer(("127.0.0.1", int(os.environ["PORT"])), EchoHandler) as server:
    server.serve_forever()
