"""Read buffers come from a pool of 150; the one in use when a connection ends is not put back, so a
client that comes later is dropped before it gets a byte.

Clause: resilience/reset-idle
Trigger: 150 connections that end, in whatever way
Profile: concurrent
Grade: nasty
Cause: connections-used-up
"""

import os
import selectors
import socket
import time


class Client:
    def __init__(self, conn):
        self.conn = conn
        self.pending = b""
        self.ended = False


def main():
    pool = [bytearray(4096) for _ in range(150)]
    selector = selectors.DefaultSelector()
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))), backlog=128)
    listener.setblocking(False)
    selector.register(listener, selectors.EVENT_READ, None)

    def drop(client):
        selector.unregister(client.conn)
        client.conn.close()

    def read(client):
        if not pool:
            drop(client)
            return
        buffer = pool.pop()
        size = client.conn.recv_into(buffer)
        if not size:
            drop(client)
            return
        client.pending = bytes(buffer[:size])
        pool.append(buffer)

    def serve(client):
        try:
            if client.pending:
                client.pending = client.pending[client.conn.send(client.pending) :]
            else:
                read(client)
            if client.conn.fileno() >= 0:
                wanted = selectors.EVENT_WRITE if client.pending else selectors.EVENT_READ
                selector.modify(client.conn, wanted, client)
        except BlockingIOError:
            return
        except OSError:
            drop(client)

    while True:
        for key, _ in selector.select():
            if key.data is not None:
                serve(key.data)
                continue
            try:
                conn, _ = listener.accept()
            except OSError:
                time.sleep(0.05)
                continue
            conn.setblocking(False)
            selector.register(conn, selectors.EVENT_READ, Client(conn))


if __name__ == "__main__":
    main()
