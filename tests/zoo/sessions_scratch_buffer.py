"""One pass of the loop reads from all ready clients into the same variable and a second pass
appends it to each one's output: when two are ready in one round, both get the data of the last.

Clause: sessions/no-crosstalk
Trigger: two clients with data waiting in one round of the loop
Profile: concurrent
Grade: nasty
Cause: shared-buffer
"""

import os
import selectors
import socket
import time
from selectors import EVENT_READ, EVENT_WRITE

LIMIT = 65536
sel = selectors.DefaultSelector()


class Client:
    def __init__(self, sock):
        self.sock = sock
        self.out = bytearray()
        self.ended = self.failed = False

    def read(self):
        try:
            data = self.sock.recv(8192)
        except OSError:
            self.failed = True
            return b""
        self.ended = not data
        return data

    def write(self):
        try:
            if self.out:
                del self.out[: self.sock.send(self.out)]
        except BlockingIOError:
            pass
        except OSError:
            self.failed = True
        reading = not self.ended and len(self.out) < LIMIT
        wanted = (EVENT_READ if reading else 0) | (EVENT_WRITE if self.out else 0)
        if wanted and not self.failed:
            sel.modify(self.sock, wanted, self)
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


def main():
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    sel.register(listener, EVENT_READ)
    while True:
        ready = [(key.data, mask) for key, mask in sel.select()]
        for client, mask in ready:
            if client and mask & EVENT_READ:
                data = client.read()
        for client, mask in ready:
            if client is None:
                accept(listener)
                continue
            if mask & EVENT_READ and not client.ended:
                client.out += data
            client.write()


if __name__ == "__main__":
    main()
