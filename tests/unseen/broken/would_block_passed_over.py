"""
Bug: when the send buffer is full, BlockingIOError is caught and passed over, and with it
    everything that this client had coming: the echo of a slow reader has gaps.
Cause: would-block-dropped
Caught by: partial-send/stalled-reader
Profile: concurrent
Port: $PORT
"""

import os
import select
import socket
import time


def push(conn, data):
    """Send all of the data, unless the client is too slow."""
    view = memoryview(data)
    while view:
        try:
            sent = conn.send(view)
        except BlockingIOError:
            return
        view = view[sent:]


def serve(listener):
    clients = {}
    poller = select.poll()
    poller.register(listener, select.POLLIN)
    while True:
        for fd, event in poller.poll():
            if fd == listener.fileno():
                try:
                    conn, _ = listener.accept()
                except OSError:
                    time.sleep(0.02)
                    continue
                conn.setblocking(False)
                clients[conn.fileno()] = conn
                poller.register(conn, select.POLLIN)
                continue
            conn = clients[fd]
            try:
                data = conn.recv(8192)
                push(conn, data)
            except BlockingIOError:
                continue
            except OSError:
                data = b""
            if not data:
                poller.unregister(fd)
                del clients[fd]
                conn.close()


serve(socket.create_server(("127.0.0.1", int(os.getenv("PORT", "0"))), backlog=128))
