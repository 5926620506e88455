"""The receive buffer is an attribute of the handler class, one for all threads: while one thread
is blocked in sendall() another reads its client's bytes into the same memory.

Clause: sessions/stalled-client-aside
Trigger: a client that stalls while the server sends to it, and another one that sends meanwhile
Profile: concurrent
Grade: nasty
Cause: shared-buffer
"""

import os
import socketserver


class Handler(socketserver.BaseRequestHandler):
    buffer = memoryview(bytearray(65536))

    def handle(self):
        try:
            while count := self.request.recv_into(self.buffer):
                self.request.sendall(self.buffer[:count])
        except OSError:
            pass


class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128


def main():
    with Server(("127.0.0.1", int(os.environ.get("PORT", "0"))), Handler) as server:
        server.serve_forever()


if __name__ == "__main__":
    main()
