"""After a non-blocking send() the whole outgoing buffer is thrown away, also when the kernel took
only a part of it: EAGAIN is thought of, the short count is not.

Clause: partial-send/stalled-reader
Trigger: a reader that stalls until send() returns a short count
Profile: concurrent
Grade: realistic
Cause: short-send-ignored
"""

import os
import selectors
import socket
import time

READ_SIZE = 65536
sel = selectors.DefaultSelector()


class Client:
    def __init__(self, sock):
        self.sock = sock
        self.out = b""

    def ready(self, mask):
        try:
            if mask & selectors.EVENT_READ:
                self.out = self.sock.recv(READ_SIZE)
                if not self.out:
                    return self.close()
            self.flush()
        except OSError:
            self.close()

    def flush(self):
        try:
            self.sock.send(self.out)
        except BlockingIOError:
            sel.modify(self.sock, selectors.EVENT_WRITE, self)
            return
        self.out = b""
        sel.modify(self.sock, selectors.EVENT_READ, self)

    def close(self):
        sel.unregister(self.sock)
        self.sock.close()


def accept(listener):
    try:
        sock, _ = listener.accept()
    except OSError:
        time.sleep(0.05)
        return
    sock.setblocking(False)
    sel.register(sock, selectors.EVENT_READ, Client(sock))


def main():
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    sel.register(listener, selectors.EVENT_READ)
    while True:
        for key, mask in sel.select():
            if key.data is None:
                accept(listener)
            else:
                key.data.ready(mask)


if __name__ == "__main__":
    main()
