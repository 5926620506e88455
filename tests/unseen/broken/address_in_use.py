"""
Bug: SO_REUSEADDR is not set, so a server that is stopped while somebody is connected cannot be
    started again for a minute: "Address already in use".
Cause: restart-fails
Caught by: launch/restarts
Profile: concurrent
Port: 21023
"""

import socketserver


class EchoHandler(socketserver.BaseRequestHandler):
    def handle(self):
        try:
            while data := self.request.recv(4096):
                self.request.sendall(data)
        except OSError:
            pass


class EchoServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 64


with EchoServer(("127.0.0.1", 21023), EchoHandler) as server:
    print("Serving on", server.server_address)
    server.serve_forever()
