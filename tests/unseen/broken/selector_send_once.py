"""
Bug: the sockets do not block and send() is called once for what was read; how much of it the
    system took is not looked at, so a client that reads slowly finds holes in its echo.
Cause: short-send-ignored
Caught by: partial-send/stalled-reader
Profile: concurrent
Port: 21003
"""

import selectors
import socket
import time

sel = selectors.DefaultSelector()


def writable(conn, mask):
    answer(conn, waiting.pop(conn))


def answer(conn, data):
    try:
        conn.send(data)
    except BlockingIOError:
        waiting[conn] = data
        sel.modify(conn, selectors.EVENT_WRITE, writable)
    except OSError:
        drop(conn)
    else:
        sel.modify(conn, selectors.EVENT_READ, readable)


def readable(conn, mask):
    try:
        data = conn.recv(1 << 16)
    except BlockingIOError:
        return
    except OSError:
        data = b""
    if data:
        answer(conn, data)
    else:
        drop(conn)


def drop(conn):
    sel.unregister(conn)
    waiting.pop(conn, None)
    conn.close()


def accept(sock, mask):
    try:
        conn, addr = sock.accept()
    except BlockingIOError:
        return
    except OSError:
        time.sleep(0.05)
        return
    conn.setblocking(False)
    sel.register(conn, selectors.EVENT_READ, readable)


waiting = {}
sock = socket.create_server(("127.0.0.1", 21003), backlog=100)
sock.setblocking(False)
sel.register(sock, selectors.EVENT_READ, accept)

while True:
    for key, mask in sel.select():
        callback = key.data
        callback(key.fileobj, mask)
