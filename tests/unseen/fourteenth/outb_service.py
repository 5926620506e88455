"""
Bug: the empty read unregisters and closes the connection at once, though answers may still wait
    in outb: who sends and then ends its side loses the last part of the answer, or all of it.
Cause: pending-dropped-at-end
Also: half-close-ends-at-once
Profile: concurrent
Port: $PORT
"""

import os
import selectors
import socket
import types

HOST = "127.0.0.1"
PORT = int(os.environ["PORT"])
LIMIT = 256 * 1024

sel = selectors.DefaultSelector()


def accept_wrapper(sock):
    try:
        conn, addr = sock.accept()
    except OSError:
        return
    conn.setblocking(False)
    data = types.SimpleNamespace(addr=addr, outb=bytearray())
    sel.register(conn, selectors.EVENT_READ, data=data)


def close_connection(sock):
    sel.unregister(sock)
    sock.close()


def update_events(sock, data):
    events = 0
    if len(data.outb) < LIMIT:
        events |= selectors.EVENT_READ
    if data.outb:
        events |= selectors.EVENT_WRITE
    sel.modify(sock, events, data=data)


def service_connection(key, mask):
    sock = key.fileobj
    data = key.data
    try:
        if mask & selectors.EVENT_READ:
            recv_data = sock.recv(16384)
            if recv_data:
                data.outb += recv_data
            else:
                close_connection(sock)
                return
        if mask & selectors.EVENT_WRITE and data.outb:
            sent = sock.send(data.outb)
            del data.outb[:sent]
    except BlockingIOError:
        pass
    except OSError:
        close_connection(sock)
        return
    update_events(sock, data)


def main():
    lsock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    lsock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    lsock.bind((HOST, PORT))
    lsock.listen(256)
    lsock.setblocking(False)
    sel.register(lsock, selectors.EVENT_READ, data=None)

    try:
        while True:
            for key, mask in sel.select(timeout=None):
                if key.data is None:
                    accept_wrapper(key.fileobj)
                else:
                    service_connection(key, mask)
    except KeyboardInterrupt:
        pass
    finally:
        sel.close()


if __name__ == "__main__":
    main()
