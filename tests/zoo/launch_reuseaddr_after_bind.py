"""SO_REUSEADDR is set after bind(), when it is too late: the port is refused after a restart.

Clause: launch/restarts
Trigger: stopped with a connection open, started again on the same port
Profile: concurrent
Grade: nasty
Cause: restart-fails
"""

import os
import socketserver


class Echo(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        try:
            while data := self.request.recv(1024):
                self.request.sendall(data)
        except ConnectionError:
            pass


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 64


if __name__ == "__main__":
    port = int(os.environ.get("PORT", "0"))
    with Server(("127.0.0.1", port), Echo) as server:
        server.allow_reuse_address = True
        server.serve_forever()
