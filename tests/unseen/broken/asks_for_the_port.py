"""
Bug: the server asks with input() on which port it should listen; started without a terminal,
    input() fails at once with EOFError, and nothing ever listens.
Cause: needs-stdin
Caught by: launch/listens
Profile: concurrent
Port: 21024
"""

import socketserver


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        try:
            while data := self.request.recv(1024):
                self.request.sendall(data)
        except ConnectionError:
            pass


socketserver.ThreadingTCPServer.allow_reuse_address = True
socketserver.ThreadingTCPServer.daemon_threads = True
port = int(input("Port [21024]: ") or 21024)
with socketserver.ThreadingTCPServer(("127.0.0.1", port), Echo) as server:
    print("Echo server is running on port", port)
    server.serve_forever()
