"""
Bug: each client is watched for reading and for writing all the time, so that the loop never waits;
    and the port cannot be bound again for a minute after a stop.
Cause: busy-loop-writable
Cause: restart-fails
Profile: concurrent
Port: 20106
"""

import selectors
import socket
import time
import types

selector = selectors.DefaultSelector()
BOTH = selectors.EVENT_READ | selectors.EVENT_WRITE
FULL = 1 << 18


def accept(listener):
    try:
        conn, address = listener.accept()
    except BlockingIOError:
        return
    except OSError:
        time.sleep(0.1)
        return
    conn.setblocking(False)
    state = types.SimpleNamespace(address=address, out=bytearray(), over=False)
    selector.register(conn, BOTH, state)


def close(conn):
    selector.unregister(conn)
    conn.close()


def serve(conn, state, mask):
    try:
        if mask & selectors.EVENT_READ and not state.over and len(state.out) < FULL:
            piece = conn.recv(8192)
            state.out += piece
            state.over = not piece
        if mask & selectors.EVENT_WRITE and state.out:
            del state.out[: conn.send(state.out)]
    except BlockingIOError:
        return
    except OSError:
        close(conn)
        return
    if state.over and not state.out:
        close(conn)


listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
listener.bind(("127.0.0.1", 20106))
listener.listen(128)
listener.setblocking(False)
selector.register(listener, selectors.EVENT_READ)
while True:
    for key, mask in selector.select():
        if key.fileobj is listener:
            accept(listener)
        else:
            serve(key.fileobj, key.data, mask)
