"""
Bug: the main thread waits with input() for Enter to stop the server; started without a terminal,
    input() fails at once with EOFError and the server is gone.
Cause: stdin-needed
Caught by: launch/stays-up
Profile: concurrent
Port: 21024
"""

import socketserver
import threading


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        try:
            while data := self.request.recv(1024):
                self.request.sendall(data)
        except ConnectionError:
            pass


socketserver.ThreadingTCPServer.allow_reuse_address = True
socketserver.ThreadingTCPServer.daemon_threads = True
server = socketserver.ThreadingTCPServer(("127.0.0.1", 21024), Echo)
threading.Thread(target=server.serve_forever, daemon=True).start()
print("Echo server is running.")
input("Press Enter to stop it.\n")
server.shutdown()
