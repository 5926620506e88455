#!/usr/bin/env python3
"""
Bug: every connection is registered for EVENT_READ | EVENT_WRITE all the time, and a socket is
    writable nearly always: with a client that says nothing select() returns at once, again and
    again.
Cause: busy-loop-writable
Also: spins-idle
Profile: concurrent
Port: $PORT
"""

import os
import selectors
import socket
import time
import types

LIMIT = 128 * 1024

sel = selectors.DefaultSelector()


def accept_wrapper(sock):
    try:
        conn, addr = sock.accept()  # Should be ready to read
    except BlockingIOError:
        return
    except OSError:
        time.sleep(0.02)
        return
    conn.setblocking(False)
    data = types.SimpleNamespace(addr=addr, outb=b"", done=False)
    events = selectors.EVENT_READ | selectors.EVENT_WRITE
    sel.register(conn, events, data=data)


def close(sock):
    sel.unregister(sock)
    sock.close()


def service_connection(key, mask):
    sock = key.fileobj
    data = key.data
    try:
        if mask & selectors.EVENT_READ and not data.done and len(data.outb) < LIMIT:
            recv_data = sock.recv(16384)
            if recv_data:
                data.outb += recv_data
            else:
                data.done = True
        if mask & selectors.EVENT_WRITE and data.outb:
            sent = sock.send(data.outb)
            data.outb = data.outb[sent:]
    except BlockingIOError:
        return
    except OSError:
        close(sock)
        return
    if data.done and not data.outb:
        close(sock)


def main():
    lsock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    lsock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    lsock.bind(("127.0.0.1", int(os.environ["PORT"])))
    lsock.listen(256)
    lsock.setblocking(False)
    sel.register(lsock, selectors.EVENT_READ, data=None)
    print("Listening on", lsock.getsockname(), flush=True)

    try:
        while True:
            for key, mask in sel.select(timeout=None):
                if key.data is None:
                    accept_wrapper(key.fileobj)
                else:
                    service_connection(key, mask)
    except KeyboardInterrupt:
        print("Caught keyboard interrupt, exiting")
    finally:
        sel.close()


if __name__ == "__main__":
    main()
