"""What waits to be sent is kept in one table for all clients, and an error of one of them clears
the whole table instead of its own entry.

Clause: resilience/reset-mid-echo
Trigger: a reset while the echo of another client waits
Profile: concurrent
Grade: nasty
Cause: global-error-clears-all
"""

import contextlib
import os
import selectors
import socket
import time
from selectors import EVENT_READ, EVENT_WRITE

LIMIT = 262144
sel = selectors.DefaultSelector()
waiting = {}
ended = set()


def on_event(sock, mask):
    if mask & EVENT_READ:
        data = sock.recv(65536)
        waiting.setdefault(sock, bytearray()).extend(data)
        if not data:
            ended.add(sock)
    if out := waiting.get(sock):
        with contextlib.suppress(BlockingIOError):
            del out[: sock.send(out)]
    out = waiting.get(sock, b"")
    reading = 0 if sock in ended or len(out) >= LIMIT else EVENT_READ
    if events := reading | (EVENT_WRITE if out else 0):
        sel.modify(sock, events, on_event)
    else:
        waiting.pop(sock, None)
        leave(sock)


def leave(sock):
    ended.discard(sock)
    sel.unregister(sock)
    sock.close()


def accept(listener, mask):
    try:
        sock, _ = listener.accept()
    except OSError:
        time.sleep(0.05)
        return
    sock.setblocking(False)
    sel.register(sock, EVENT_READ, on_event)


def main():
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    sel.register(listener, EVENT_READ, accept)
    while True:
        for key, mask in sel.select():
            try:
                key.data(key.fileobj, mask)
            except ConnectionError:
                waiting.clear()
                leave(key.fileobj)


if __name__ == "__main__":
    main()
