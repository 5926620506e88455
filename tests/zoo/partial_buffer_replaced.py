"""New data replace what still waits in the outgoing buffer instead of being appended to it.

Clause: partial-send/stalled-reader
Trigger: data arrive while a rest of earlier data is unsent
Profile: concurrent
Grade: realistic
Cause: buffer-overwritten
"""

import os
import selectors
import socket
import time
from selectors import EVENT_READ, EVENT_WRITE

sel = selectors.DefaultSelector()
pending = {}  # connection -> bytes that the kernel has not taken yet
ended = set()


def push(conn, data):
    try:
        sent = conn.send(data)
    except BlockingIOError:
        sent = 0
    pending[conn] = data[sent:]


def service(conn, mask):
    if mask & EVENT_WRITE:
        push(conn, pending[conn])
    if mask & EVENT_READ:
        data = conn.recv(8192)
        if data:
            push(conn, data)
        else:
            ended.add(conn)
    if conn in ended and not pending[conn]:
        raise ConnectionError("ended, and all is sent")
    want = 0 if conn in ended else EVENT_READ
    sel.modify(conn, want | EVENT_WRITE if pending[conn] else want)


def drop(conn):
    sel.unregister(conn)
    pending.pop(conn)
    ended.discard(conn)
    conn.close()


def accept(listener):
    try:
        conn, _ = listener.accept()
    except OSError:
        time.sleep(0.05)
        return
    conn.setblocking(False)
    pending[conn] = b""
    sel.register(conn, EVENT_READ)


def main():
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    sel.register(listener, EVENT_READ)
    while True:
        for key, mask in sel.select():
            if key.fileobj is listener:
                accept(listener)
                continue
            try:
                service(key.fileobj, mask)
            except OSError:
                drop(key.fileobj)


if __name__ == "__main__":
    main()
