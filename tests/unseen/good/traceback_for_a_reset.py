"""
Style: socketserver; every broken connection is logged with its whole traceback, and the server
    goes on
Beside: spins-at-accept
Profile: concurrent
Port: $PORT
"""

import os
import socketserver
import traceback


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        received = 0
        while data := self.request.recv(3000):
            received += len(data)
            self.request.sendall(data)
        print(f"{self.client_address}: closed after {received} bytes")


class Loud(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        print("Exception while serving", client_address)
        traceback.print_exc()

    def service_actions(self):
        pass


if __name__ == "__main__":
    with Loud(("127.0.0.1", int(os.environ["PORT"])), Echo) as server:
        server.serve_forever()
