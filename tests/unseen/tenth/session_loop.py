"""
Bug: when reading fails the connection is closed, but the part that writes is called all the same if
    there was still something to send: send() on the closed socket raises and ends the server.
Cause: crash-on-reset, client-error-ends-server, crash
Profile: concurrent
Port: $PORT
"""

import os
import selectors
import socket
import time
import types

LIMIT = 1024 * 1024

sel = selectors.DefaultSelector()


def accept_wrapper(lsock):
    try:
        conn, addr = lsock.accept()
    except BlockingIOError:
        return
    except OSError:
        time.sleep(0.05)
        return
    conn.setblocking(False)
    data = types.SimpleNamespace(addr=addr, outb=bytearray(), eof=False)
    sel.register(conn, selectors.EVENT_READ, data=data)


def close_connection(sock):
    sel.unregister(sock)
    sock.close()


def wanted(data):
    events = 0
    if not data.eof and len(data.outb) < LIMIT:
        events |= selectors.EVENT_READ
    if data.outb:
        events |= selectors.EVENT_WRITE
    return events


def update(sock, data):
    if data.eof and not data.outb:
        close_connection(sock)
    elif wanted(data) != sel.get_key(sock).events:
        sel.modify(sock, wanted(data), data=data)


def read_from(sock, data):
    try:
        recv_data = sock.recv(32768)
    except ConnectionError:
        close_connection(sock)
        return
    if recv_data:
        data.outb += recv_data
    else:
        data.eof = True
    update(sock, data)


def write_to(sock, data):
    try:
        sent = sock.send(data.outb)
    except ConnectionError:
        close_connection(sock)
        return
    del data.outb[:sent]
    update(sock, data)


def service_connection(key, mask):
    if mask & selectors.EVENT_READ:
        read_from(key.fileobj, key.data)
    if mask & selectors.EVENT_WRITE:
        write_to(key.fileobj, key.data)


def main():
    lsock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    lsock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    lsock.bind(("127.0.0.1", int(os.environ["PORT"])))
    lsock.listen(512)
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
