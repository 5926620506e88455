"""
Bug: backslash sequences in the message are interpreted, as the author wanted it for the keyboard of
    a terminal: a typed \\\\n becomes a line feed.
Cause: escapes-interpreted
Caught by: identity/format-directives
Profile: concurrent
Port: $PORT
"""

import os
import re
import socketserver
import time

NAMED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"0": b"\0", b"\\": b"\\"}
ESCAPE = re.compile(rb"\\(x[0-9a-fA-F]{2}|[nrt0\\])")


def interpret(match: "re.Match[bytes]") -> bytes:
    name = match[1]
    return NAMED[name] if name in NAMED else bytes([int(name[1:], 16)])


class Terminal(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        try:
            while typed := self.request.recv(1024):
                self.request.sendall(ESCAPE.sub(interpret, typed))
        except OSError:
            pass


class Terminals(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64

    def get_request(self):
        try:
            return super().get_request()
        except OSError:
            time.sleep(0.1)
            raise


Terminals(("127.0.0.1", int(os.environ["PORT"])), Terminal).serve_forever()
