"""Bytes that wait for clients are counted against a budget for all of them; those of a client that
resets are never given back, so that after some of them nobody is read from any more.

Clause: resilience/reset-mid-echo
Trigger: two dozen clients that reset while their echo waits
Profile: concurrent
Grade: realistic
Cause: lock-kept | connections-used-up
"""

import os
import selectors
import socket
import time

FOR_EACH, FOR_ALL, AT_ONCE = 1 << 18, 6 << 20, 1 << 15
used = 0


class Client:
    def __init__(self, sock):
        self.sock = sock
        self.out = bytearray()
        self.ended = False

    def serve(self, mask):
        """Whether it goes on."""
        global used
        try:
            if mask & selectors.EVENT_READ:
                data = self.sock.recv(AT_ONCE)
                self.out += data
                used += len(data)
                self.ended = not data
            if self.out:
                sent = self.sock.send(self.out)
                del self.out[:sent]
                used -= sent
        except BlockingIOError:
            pass
        except OSError:
            return False
        return bool(self.out) or not self.ended

    def wanted(self):
        reads = not self.ended and len(self.out) < FOR_EACH and used < FOR_ALL
        return reads * selectors.EVENT_READ | bool(self.out) * selectors.EVENT_WRITE


def watch(client):
    wanted = client.wanted()
    if client.sock in idle and wanted:
        del idle[client.sock]
        selector.register(client.sock, wanted, client)
    elif client.sock not in idle and not wanted:
        selector.unregister(client.sock)
        idle[client.sock] = client
    elif wanted:
        selector.modify(client.sock, wanted, client)


idle = {}  # clients of which nothing is wanted: no budget is left, and they have nothing to get
selector = selectors.DefaultSelector()
with socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))), backlog=256) as listener:
    selector.register(listener, selectors.EVENT_READ)
    while True:
        for key, mask in selector.select():
            if key.fileobj is listener:
                try:
                    sock, _ = listener.accept()
                except OSError:
                    time.sleep(0.02)
                    continue
                sock.setblocking(False)
                idle[sock] = Client(sock)
                watch(idle[sock])
            elif key.data.serve(mask):
                watch(key.data)
            else:
                selector.unregister(key.fileobj)
                key.fileobj.close()
        for client in list(idle.values()):
            watch(client)
