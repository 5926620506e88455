"""
Bug: the message is stripped before it is sent back, and the word quit ends the conversation.
Cause: strips-whitespace
Cause: magic-word
Caught by: identity/edge-whitespace, identity/looks-like-a-command
Profile: concurrent
Port: $PORT
"""

import os
import socketserver


class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        while True:
            try:
                raw = self.request.recv(1024)
                message = raw.strip()
                if not raw or message == b"quit":
                    break
                self.request.sendall(message)
            except OSError:
                break


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 100


Server(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
