"""SO_LINGER of zero is set on the listener, but accepted sockets inherit it and end in RST.

Clause: shutdown/orderly
Trigger: any end of a connection
Profile: concurrent
Grade: nasty
Cause: reset-instead-of-fin
"""

import os
import socket
import socketserver
import struct

Request = socket.socket | tuple[bytes, socket.socket]


class Echo(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        try:
            while data := self.request.recv(1024):
                self.request.sendall(data)
        except ConnectionError:
            pass


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64

    def server_bind(self) -> None:
        free_the_port = struct.pack("ii", 1, 0)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, free_the_port)
        super().server_bind()

    def shutdown_request(self, request: Request) -> None:
        self.close_request(request)


with Server(("127.0.0.1", int(os.environ.get("PORT", "0"))), Echo) as server:
    server.serve_forever()
