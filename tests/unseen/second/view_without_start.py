"""
Bug: after a send() that took only a part, the slice begins at 0 again and not at `sent`, so the
    beginning is sent again and the end is missing.
Cause: send-retried-from-start
Also: sent-twice, short-send-ignored
Profile: concurrent
Port: $PORT
"""

import os
import select
import socket
import threading
import time


def until(conn, event):
    poll = select.poll()
    poll.register(conn, event)
    poll.poll()


def echo(conn):
    buffer = bytearray(3_000_000)  # large, for speed
    view = memoryview(buffer)
    while True:
        until(conn, select.POLLIN)
        n = conn.recv_into(buffer)
        if n == 0:
            return
        sent = 0
        while sent < n:
            until(conn, select.POLLOUT)
            sent += conn.send(view[: n - sent])


def serve(conn):
    with conn:
        conn.setblocking(False)
        try:
            echo(conn)
        except OSError:
            pass


listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=64)
while True:
    try:
        conn, _ = listener.accept()
    except OSError:
        time.sleep(0.1)
        continue
    threading.Thread(target=serve, args=(conn,), daemon=True).start()
