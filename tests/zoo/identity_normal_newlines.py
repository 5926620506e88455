"""Line ends are normalised to LF for the sake of Windows clients, so every CRLF loses its CR.

Clause: identity/newlines
Trigger: CR and LF in one read
Profile: sequential
Grade: realistic
Cause: newline-translated
"""

import os
import socketserver


class Echo(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        while True:
            try:
                data = self.request.recv(1024)
                if not data:
                    return
                self.request.sendall(data.replace(b"\r\n", b"\n"))
            except ConnectionError:
                return


class Server(socketserver.TCPServer):
    allow_reuse_address = True
    request_queue_size = 32


def main() -> None:
    with Server(("127.0.0.1", int(os.environ.get("PORT", "0"))), Echo) as server:
        server.serve_forever()


main()
