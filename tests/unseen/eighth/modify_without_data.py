"""
Bug: sel.modify() is called without the data, which makes the data None, and None is the mark of the
    listener; so after a short send the server calls accept() on a client's socket, and dies.
Cause: crash
Profile: concurrent
Port: $PORT
"""

import errno
import os
import selectors
import socket
import time
import types

sel = selectors.DefaultSelector()


def accept_wrapper(sock):
    try:
        conn, addr = sock.accept()
    except BlockingIOError:
        return
    except OSError as exc:
        if exc.errno not in (errno.EMFILE, errno.ENFILE, errno.ECONNABORTED, errno.ENOBUFS):
            raise
        time.sleep(0.05)
        return
    conn.setblocking(False)
    sel.register(conn, selectors.EVENT_READ, data=types.SimpleNamespace(addr=addr, outb=b""))


def drop(sock):
    sel.unregister(sock)
    sock.close()


def service_connection(key, mask):
    sock, data = key.fileobj, key.data
    try:
        if mask & selectors.EVENT_READ:
            data.outb = sock.recv(32768)
            if not data.outb:
                drop(sock)
                return
        sent = sock.send(data.outb)
        data.outb = data.outb[sent:]
    except BlockingIOError:
        pass
    except OSError:
        drop(sock)
        return
    # Wait for room only if we have something left to send (writable all the time otherwise).
    wanted = selectors.EVENT_WRITE if data.outb else selectors.EVENT_READ
    if wanted != key.events:
        sel.modify(sock, wanted)


lsock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
lsock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
lsock.bind(("127.0.0.1", int(os.environ["PORT"])))
lsock.listen()
lsock.setblocking(False)
sel.register(lsock, selectors.EVENT_READ, data=None)

while True:
    for key, mask in sel.select(timeout=None):
        if key.data is None:
            accept_wrapper(key.fileobj)
        else:
            service_connection(key, mask)
