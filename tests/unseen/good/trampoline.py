"""
Style: it looks like a blocking server with one thread, but each `yield` gives the control back
    to the loop below until the socket is ready, and the inner loop sends all that was read.
Profile: concurrent
Port: $PORT
"""

import os
import selectors
import socket
import time

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
selector = selectors.DefaultSelector()


def advance(task):
    """Run the task up to its next yield, and register what it waits for."""
    try:
        sock, event = next(task)
    except StopIteration:
        return
    selector.register(sock, event, task)


def echo(sock):
    with sock:
        while True:
            yield sock, READ
            try:
                data = sock.recv(10_000)
            except BlockingIOError:
                continue
            except OSError:
                return
            if not data:
                return
            while data:
                yield sock, WRITE
                try:
                    data = data[sock.send(data) :]
                except BlockingIOError:
                    continue
                except OSError:
                    return


def listen(port):
    listener = socket.create_server(("127.0.0.1", port), backlog=100)
    listener.setblocking(False)
    while True:
        yield listener, READ
        try:
            sock, _ = listener.accept()
        except OSError:
            time.sleep(0.05)
            continue
        sock.setblocking(False)
        advance(echo(sock))


advance(listen(int(os.environ["PORT"])))
while True:
    for key, _ in selector.select():
        selector.unregister(key.fileobj)
        advance(key.data)
