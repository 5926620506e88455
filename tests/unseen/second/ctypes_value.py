"""
Bug: `.value` of a ctypes string buffer ends at the first NUL byte (`.raw[:count]` would be right),
    so a NUL and what follows it are not sent back.
Cause: cut-at-nul
Also: rest-of-read-discarded
Profile: concurrent
Port: $PORT
"""

import ctypes
import os
import socketserver


class NativeEcho(socketserver.BaseRequestHandler):
    """Echo through a buffer that a C library could fill as well."""

    def handle(self):
        try:
            while True:
                buffer = ctypes.create_string_buffer(3000)
                count = self.request.recv_into(buffer)
                if count == 0:
                    break
                self.request.sendall(buffer.value)
        except OSError:
            pass


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64


def main():
    with Server(("127.0.0.1", int(os.environ["PORT"])), NativeEcho) as server:
        server.serve_forever()


if __name__ == "__main__":
    main()
