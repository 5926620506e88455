"""Telnet option negotiation is filtered out of the stream: IAC, a verb and one byte more are lost.

Clause: identity/telnet-bytes
Trigger: 0xFF and a byte from 0xFB to 0xFE
Profile: concurrent
Grade: realistic
Cause: telnet
"""

import os
import re
import socketserver

NEGOTIATION = re.compile(rb"\xff[\xfb-\xfe].", re.DOTALL)


class TelnetEcho(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        try:
            while data := self.request.recv(1024):
                self.request.sendall(NEGOTIATION.sub(b"", data))
        except ConnectionError:
            pass


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64


with Server(("127.0.0.1", int(os.environ.get("PORT", "0"))), TelnetEcho) as server:
    server.serve_forever()
