"""The event loop guards recv() against a reset but not the send() of what is still buffered: a
client that resets while its echo waits takes the loop down.

Clause: resilience/reset-mid-echo
Trigger: a reset while output is pending
Profile: concurrent
Grade: realistic
Cause: crash-on-reset | killed-by-sigpipe | client-error-ends-server
"""

import os
import selectors
import socket
import time
from selectors import EVENT_READ, EVENT_WRITE

LIMIT = 262144
sel = selectors.DefaultSelector()


class Client:
    def __init__(self, sock):
        self.sock = sock
        self.out = bytearray()
        self.ended = False

    def on_event(self, mask):
        if mask & EVENT_WRITE:
            self.write()
        if mask & EVENT_READ:
            try:
                data = self.sock.recv(65536)
            except ConnectionError:
                data = b""
                self.out.clear()
            self.ended = not data
            self.out += data
        self.update()

    def write(self):
        try:
            sent = self.sock.send(self.out)
        except BlockingIOError:
            return
        del self.out[:sent]

    def update(self):
        mask = EVENT_WRITE if self.out else 0
        if not self.ended and len(self.out) < LIMIT:
            mask |= EVENT_READ
        if mask:
            sel.modify(self.sock, mask, self)
        else:
            sel.unregister(self.sock)
            self.sock.close()


def accept(listener):
    try:
        sock, _ = listener.accept()
    except OSError:
        time.sleep(0.05)
        return
    sock.setblocking(False)
    sel.register(sock, EVENT_READ, Client(sock))


if __name__ == "__main__":
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    sel.register(listener, EVENT_READ)
    while True:
        for key, mask in sel.select():
            if key.data is None:
                accept(listener)
            else:
                key.data.on_event(mask)
