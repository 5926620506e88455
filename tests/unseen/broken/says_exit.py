"""
Bug: a message that is exactly the word exit, with or without a newline, ends the conversation
    instead of coming back.
Cause: magic-word
Caught by: identity/looks-like-a-command
Profile: concurrent
Port: $PORT
"""

import os
from socketserver import BaseRequestHandler, ThreadingTCPServer

ThreadingTCPServer.allow_reuse_address = True
ThreadingTCPServer.daemon_threads = True
ThreadingTCPServer.request_queue_size = 32


class Handler(BaseRequestHandler):
    def handle(self):
        print("connected:", self.client_address)
        while True:
            try:
                msg = self.request.recv(4096)
                if not msg or msg.strip().lower() == b"exit":
                    break
                self.request.sendall(msg)
            except OSError:
                break
        print("closed:", self.client_address)


if __name__ == "__main__":
    ThreadingTCPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
