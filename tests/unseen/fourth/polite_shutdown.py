"""
Bug: the handler of SIGTERM calls server.shutdown() in the thread that runs serve_forever(), and the
    two wait for each other for ever.
Cause: sigterm-ignored
Caught by: resilience/terminates
Profile: concurrent
Port: 29014
"""

import signal
import socketserver
import time

PORT = 29014


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        try:
            while block := self.rfile.read1(4096):
                self.wfile.write(block)
        except OSError:
            pass


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 50

    def get_request(self):
        try:
            return super().get_request()
        except OSError:
            time.sleep(0.1)
            raise


server = Server(("127.0.0.1", PORT), Handler)
signal.signal(signal.SIGTERM, lambda number, frame: server.shutdown())
server.serve_forever()
server.server_close()
