"""
Bug: recv() is called once in the condition, to see whether there is something, and once more to
    get it; what the first call returned is lost, so every other message is swallowed.
Cause: every-other-read-lost
Caught by: identity/hello
Profile: concurrent
Port: 21004
"""

import socketserver


class TwiceHandler(socketserver.BaseRequestHandler):
    def handle(self):
        try:
            while self.request.recv(1024):
                self.request.sendall(self.request.recv(1024))
        except ConnectionError:
            pass


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request, client_address):
        print("lost", client_address)


with Server(("127.0.0.1", 21004), TwiceHandler) as server:
    server.serve_forever()
