"""The end of a client that comes while output still waits is noted, and where the output has gone
nobody looks at the note: the connection stays open.

Clause: shutdown/lagging-reader
Trigger: a client that reads late has ended when a part of its echo is still in the server's buffer
Profile: concurrent
Grade: realistic
Cause: end-lost-when-full | never-closes
"""

import os
import selectors
import socket
import time

LIMIT = 128 * 1024


class Client:
    def __init__(self, selector, sock):
        self.selector, self.sock = selector, sock
        self.out = bytearray()
        self.ended = False
        selector.register(sock, selectors.EVENT_READ, self)

    def on_event(self, mask):
        try:
            if mask & selectors.EVENT_READ:
                data = self.sock.recv(16384)
                self.out += data
                self.ended = not data
                if self.ended and not self.out:
                    self.close()
                    return
            if self.out:
                del self.out[: self.sock.send(self.out)]
        except BlockingIOError:
            pass
        except OSError:
            self.close()
            return
        self.wait()

    def wait(self):
        events = selectors.EVENT_WRITE if self.out else 0
        if not self.ended and len(self.out) < LIMIT:
            events |= selectors.EVENT_READ
        registered = self.sock.fileno() in self.selector.get_map()
        if events and registered:
            self.selector.modify(self.sock, events, self)
        elif events:
            self.selector.register(self.sock, events, self)
        elif registered:
            self.selector.unregister(self.sock)

    def close(self):
        if self.sock.fileno() in self.selector.get_map():
            self.selector.unregister(self.sock)
        self.sock.close()


def main():
    selector = selectors.DefaultSelector()
    with socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=128) as listener:
        selector.register(listener, selectors.EVENT_READ, None)
        while True:
            for key, mask in selector.select():
                if key.data is not None:
                    key.data.on_event(mask)
                    continue
                try:
                    sock, _ = listener.accept()
                except OSError:
                    time.sleep(0.05)  # no descriptor is free
                    continue
                sock.setblocking(False)
                Client(selector, sock)


main()
