"""
Bug: each connection is registered for reading and for writing, all the time.
Cause: busy-loop-writable
Caught by: resources/idle-cpu
Profile: concurrent
Port: $PORT
"""

import os
import selectors
import socket
import time
import types

sel = selectors.DefaultSelector()


def accept_wrapper(sock):
    try:
        conn, addr = sock.accept()
    except OSError:
        time.sleep(0.05)
        return
    conn.setblocking(False)
    data = types.SimpleNamespace(addr=addr, outb=b"", ended=False)
    sel.register(conn, selectors.EVENT_READ | selectors.EVENT_WRITE, data=data)


def service_connection(key, mask):
    sock, data = key.fileobj, key.data
    if mask & selectors.EVENT_READ and len(data.outb) < 65536:
        recv_data = sock.recv(65536)
        if recv_data:
            data.outb += recv_data
        else:
            data.ended = True
    if mask & selectors.EVENT_WRITE and data.outb:
        sent = sock.send(data.outb)
        data.outb = data.outb[sent:]
    if data.ended and not data.outb:
        sel.unregister(sock)
        sock.close()


lsock = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=100)
lsock.setblocking(False)
sel.register(lsock, selectors.EVENT_READ, data=None)

while True:
    for key, mask in sel.select(timeout=None):
        if key.data is None:
            accept_wrapper(key.fileobj)
            continue
        try:
            service_connection(key, mask)
        except OSError:
            sel.unregister(key.fileobj)
            key.fileobj.close()
