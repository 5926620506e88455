"""When there are many clients it accepts four in one go, and the listener blocks: where only two
have come it hangs in accept() until two more come, and all the others get nothing meanwhile.

Clause: sessions/simultaneous
Trigger: two clients that come when 30 are there, and nobody after them
Profile: concurrent
Grade: nasty
Cause: accept-blocks-others
"""

import os
import selectors
import socket
import time

BUSY, BATCH = 30, 4
LIMIT = 1 << 18


class Client:
    def __init__(self, sock):
        self.sock = sock
        self.out = bytearray()
        self.ended = False

    def serve(self, mask):
        """Whether it goes on."""
        try:
            if mask & selectors.EVENT_READ:
                data = self.sock.recv(65536)
                self.out += data
                self.ended = not data
            if self.out:
                del self.out[: self.sock.send(self.out)]
        except BlockingIOError:
            pass
        except OSError:
            return False
        return bool(self.out) or not self.ended

    def wanted(self):
        reads = not self.ended and len(self.out) < LIMIT
        return reads * selectors.EVENT_READ | bool(self.out) * selectors.EVENT_WRITE


def accept(listener):
    try:
        sock, _ = listener.accept()
    except OSError:
        time.sleep(0.02)
        return
    sock.setblocking(False)
    selector.register(sock, selectors.EVENT_READ, Client(sock))


selector = selectors.DefaultSelector()
with socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))), backlog=256) as listener:
    selector.register(listener, selectors.EVENT_READ)
    while True:
        for key, mask in selector.select():
            if key.fileobj is listener:
                for _ in range(BATCH if len(selector.get_map()) > BUSY else 1):
                    accept(listener)
            elif key.data.serve(mask):
                selector.modify(key.fileobj, key.data.wanted(), key.data)
            else:
                selector.unregister(key.fileobj)
                key.fileobj.close()
