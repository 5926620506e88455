"""What a client has not read yet is kept under its number and removed when all is sent, but not
when the connection breaks: the bytes of everybody who leaves without reading stay.

Clause: resources/memory
Trigger: many clients that break off while the server waits for them to read
Profile: concurrent
Grade: nasty
Cause: memory-leak
"""

import itertools
import os
import selectors
import socket
import time

LIMIT = 96 * 1024

numbers = itertools.count()
pending = {}
ended = set()
selector = selectors.DefaultSelector()


def transfer(conn, number, mask):
    if mask & selectors.EVENT_READ:
        data = conn.recv(32 * 1024)
        if data:
            pending.setdefault(number, bytearray()).extend(data)
        else:
            ended.add(number)
    if number in pending:
        del pending[number][: conn.send(pending[number])]
        if not pending[number]:
            del pending[number]


def close(conn, number):
    selector.unregister(conn)
    conn.close()
    ended.discard(number)


def serve(conn, number, mask):
    try:
        transfer(conn, number, mask)
    except BlockingIOError:
        pass
    except OSError:
        close(conn, number)
        return
    waiting = len(pending.get(number, b""))
    events = selectors.EVENT_WRITE if waiting else 0
    if waiting < LIMIT and number not in ended:
        events |= selectors.EVENT_READ
    if events:
        selector.modify(conn, events, number)
    else:
        close(conn, number)


def accept(listener):
    try:
        conn, _ = listener.accept()
    except OSError:
        time.sleep(0.05)
        return
    conn.setblocking(False)
    selector.register(conn, selectors.EVENT_READ, next(numbers))


def main():
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))), backlog=64)
    selector.register(listener, selectors.EVENT_READ)
    while True:
        for key, mask in selector.select():
            if key.data is None:
                accept(listener)
            else:
                serve(key.fileobj, key.data, mask)


if __name__ == "__main__":
    main()
