"""
Bug: when the client has ended, the server says "Bye!" before it closes; the echo has a tail.
Cause: farewell
Caught by: identity/nothing-extra
Profile: concurrent
Port: 21017
"""

import socketserver


class PoliteHandler(socketserver.StreamRequestHandler):
    def handle(self):
        while data := self.rfile.read1(4096):
            self.wfile.write(data)
        self.wfile.write(b"Bye!\r\n")

    def finish(self):
        try:
            super().finish()
        except OSError:
            pass


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request, client_address):
        print("client failed", client_address)


if __name__ == "__main__":
    Server(("127.0.0.1", 21017), PoliteHandler).serve_forever()
