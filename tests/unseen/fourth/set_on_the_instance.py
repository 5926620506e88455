"""
Bug: allow_reuse_address is set when the constructor has called bind() already, so the address stays
    in use for a minute after a stop.
Cause: restart-fails
Caught by: launch/restarts
Profile: concurrent
Port: $PORT
"""

import os
import time
from socketserver import BaseRequestHandler, ThreadingTCPServer


class Echo(BaseRequestHandler):
    def handle(self):
        try:
            while chunk := self.request.recv(4000):
                self.request.sendall(chunk)
        except ConnectionError:
            pass


class PatientServer(ThreadingTCPServer):
    request_queue_size = 100

    def get_request(self):
        try:
            return super().get_request()
        except OSError:
            time.sleep(0.1)
            raise


server = PatientServer(("127.0.0.1", int(os.environ["PORT"])), Echo)
server.allow_reuse_address = True
server.daemon_threads = True
print("Press Ctrl-C to stop")
server.serve_forever()
