"""An outgoing buffer that has grown over a limit is emptied "to protect the server", instead of
reading no more until it has been sent.

Clause: partial-send/slow-reader
Trigger: a reader so slow that more than 256 KiB wait for it
Profile: concurrent
Grade: realistic
Cause: stalled-output-dropped
"""

import contextlib
import os
import selectors
import socket
import time
from selectors import EVENT_READ, EVENT_WRITE

MAX_OUTGOING = 256 * 1024


class Connection:
    def __init__(self, sock):
        self.sock = sock
        self.outgoing = bytearray()
        self.ended = False

    def step(self, mask):
        """Read and write once; returns the events to wait for next, 0 when done."""
        if mask & EVENT_READ:
            data = self.sock.recv(16384)
            self.ended = not data
            self.outgoing += data
            if len(self.outgoing) > MAX_OUTGOING:
                self.outgoing.clear()
        if self.outgoing:
            with contextlib.suppress(BlockingIOError):
                del self.outgoing[: self.sock.send(self.outgoing)]
        return (0 if self.ended else EVENT_READ) | (EVENT_WRITE if self.outgoing else 0)


def main():
    sel = selectors.DefaultSelector()
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    sel.register(listener, EVENT_READ)
    while True:
        for key, mask in sel.select():
            if key.data is None:
                try:
                    sock, _ = listener.accept()
                except OSError:
                    time.sleep(0.05)
                    continue
                sock.setblocking(False)
                sel.register(sock, EVENT_READ, Connection(sock))
                continue
            try:
                wanted = key.data.step(mask)
            except OSError:
                wanted = 0
            if wanted:
                sel.modify(key.fileobj, wanted, key.data)
            else:
                sel.unregister(key.fileobj)
                key.fileobj.close()


if __name__ == "__main__":
    main()
