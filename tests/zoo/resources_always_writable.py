"""Every client is watched for writing all the time, and a socket with nothing to send is always
writable: one idle client makes the loop spin.

Clause: resources/idle-cpu
Trigger: a client that is connected and idle
Profile: concurrent
Grade: nasty
Cause: busy-loop-writable
"""

import os
import selectors
import socket
import time
from selectors import EVENT_READ, EVENT_WRITE

LIMIT = 65536


class Client:
    def __init__(self, sock):
        self.sock = sock
        self.out = bytearray()
        self.ended = False

    def step(self, mask):
        """Returns whether the client is still there."""
        try:
            if mask & EVENT_READ and not self.ended and len(self.out) < LIMIT:
                data = self.sock.recv(16384)
                self.ended = not data
                self.out += data
            if mask & EVENT_WRITE and self.out:
                del self.out[: self.sock.send(self.out)]
        except BlockingIOError:
            pass
        except OSError:
            return False
        return bool(self.out) or not self.ended


def main():
    sel = selectors.PollSelector()
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
                sel.register(sock, EVENT_READ | EVENT_WRITE, Client(sock))
            elif not key.data.step(mask):
                sel.unregister(key.fileobj)
                key.fileobj.close()


if __name__ == "__main__":
    main()
