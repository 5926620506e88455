"""Each read is decoded on its own, and a character cut by the end of a read ends the conversation.

Clause: identity/split-utf8
Trigger: the bytes of one UTF-8 character in two reads
Profile: concurrent
Grade: realistic
Cause: decodes-each-read | decodes-text
"""

import os
import socketserver
import sys


class Handler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        try:
            while data := self.request.recv(1024):
                message = data.decode("utf-8")
                self.request.sendall(message.encode("utf-8"))
        except UnicodeDecodeError as error:
            print(f"{self.client_address}: {error}", file=sys.stderr)
        except ConnectionError:
            pass


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64


if __name__ == "__main__":
    with Server(("127.0.0.1", int(os.environ.get("PORT", "0"))), Handler) as server:
        server.serve_forever()
