"""When the client half-closes it closes too, and drops what still waits to be sent."""

import os
import selectors
import socket

selector = selectors.DefaultSelector()
waiting: dict[socket.socket, bytearray] = {}


def close(conn: socket.socket) -> None:
    selector.unregister(conn)
    del waiting[conn]
    conn.close()


def readable(conn: socket.socket) -> None:
    data = conn.recv(1024)
    if not data:
        close(conn)
        return
    waiting[conn] += data
    # What waits is written first, so that memory stays bounded.
    selector.modify(conn, selectors.EVENT_WRITE)


def writable(conn: socket.socket) -> None:
    if conn.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b"":
        close(conn)
        return
    send(conn)


def send(conn: socket.socket) -> None:
    sent = conn.send(waiting[conn])
    del waiting[conn][:sent]
    if not waiting[conn]:
        selector.modify(conn, selectors.EVENT_READ)


with socket.create_server(("127.0.0.1", int(os.environ["PORT"]))) as listener:
    selector.register(listener, selectors.EVENT_READ)
    while True:
        for key, events in selector.select():
            conn = key.fileobj
            assert isinstance(conn, socket.socket)
            if conn is listener:
                client, _ = listener.accept()
                client.setblocking(False)
                waiting[client] = bytearray()
                selector.register(client, selectors.EVENT_READ)
                continue
            try:
                if events & selectors.EVENT_WRITE:
                    writable(conn)
                else:
                    readable(conn)
            except BlockingIOError:
                send(conn)
            except ConnectionError:
                close(conn)
