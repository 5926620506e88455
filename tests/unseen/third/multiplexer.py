"""
Bug: 'writable' is asked for at all times, also when nothing waits to be sent, so select() returns
    at once and an idle client makes the server burn a whole processor.
Cause: busy-loop-writable
Profile: concurrent
Port: $PORT
"""

import os
import selectors
import socket
import time
import types

HIGH_WATER = 90_000
READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE

sel = selectors.DefaultSelector()


def accept_connection(listener):
    try:
        conn, addr = listener.accept()
    except OSError:
        time.sleep(0.1)
        return
    conn.setblocking(False)
    state = types.SimpleNamespace(addr=addr, out=b"", done=False)
    sel.register(conn, READ | WRITE, state)


def service_connection(conn, state, mask):
    if mask & READ:
        chunk = conn.recv(7000)
        state.out += chunk
        state.done = not chunk
    if mask & WRITE and state.out:
        sent = conn.send(state.out)
        state.out = state.out[sent:]
    wanted = WRITE
    if not state.done and len(state.out) < HIGH_WATER:
        wanted |= READ
    sel.modify(conn, wanted, state)
    return not (state.done and not state.out)


def close_connection(conn):
    sel.unregister(conn)
    conn.close()


listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=100)
listener.setblocking(False)
sel.register(listener, READ, None)
while True:
    for key, mask in sel.select(timeout=None):
        if key.data is None:
            accept_connection(key.fileobj)
            continue
        try:
            stays = service_connection(key.fileobj, key.data, mask)
        except BlockingIOError:
            continue
        except OSError:
            stays = False
        if not stays:
            close_connection(key.fileobj)
