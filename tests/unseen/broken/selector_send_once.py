"""
Bug: the sockets do not block and send() is called once for what was read; how much of it the
    system took is not looked at, so a client that reads slowly finds holes in its echo.
Cause: send-short-count
Caught by: partial-send/stalled-reader
Profile: concurrent
Port: 21003
"""

import selectors
import socket
import time

sel = selectors.DefaultSelector()


def writable(conn, mask):
    data = inbox[conn]
    try:
        conn.send(data)
    except BlockingIOError:
        return
    except OSError:
        drop(conn)
        return
    sel.modify(conn, selectors.EVENT_READ, readable)


def readable(conn, mask):
    try:
        data = conn.recv(1 << 20)
    except BlockingIOError:
        return
    except OSError:
        data = b""
    if data:
        inbox[conn] = data
        sel.modify(conn, selectors.EVENT_WRITE, writable)
    else:
        drop(conn)


def drop(conn):
    sel.unregister(conn)
    inbox.pop(conn, None)
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


inbox = {}
sock = socket.create_server(("127.0.0.1", 21003), backlog=100)
sock.setblocking(False)
sel.register(sock, selectors.EVENT_READ, accept)

while True:
    for key, mask in sel.select():
        callback = key.data
        callback(key.fileobj, mask)
