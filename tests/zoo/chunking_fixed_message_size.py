"""The first read fixes the size of a message; of several in one read only the first is answered.

Clause: chunking/many-writes-one-read
Trigger: a first message alone, then two of its size in one read
Profile: concurrent
Grade: nasty
Cause: rest-of-read-discarded
"""

import os
import socketserver


class Echo(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        size = 0
        try:
            while data := self.request.recv(1024):
                size = size or len(data)
                if len(data) > size and len(data) % size == 0:
                    data = data[:size]  # the others are retransmissions
                self.request.sendall(data)
        except ConnectionError:
            pass


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64


if __name__ == "__main__":
    with Server(("127.0.0.1", int(os.environ.get("PORT", "0"))), Echo) as server:
        server.serve_forever()
