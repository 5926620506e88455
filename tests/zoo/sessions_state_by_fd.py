"""The state of a client is kept under its descriptor number, and is not removed when the
connection fails; the kernel gives that number to a later client, who inherits the unsent bytes.

Clause: sessions/no-leftovers
Trigger: a reset while output is pending, then a client that gets the same descriptor
Profile: concurrent
Grade: nasty
Cause: state-by-descriptor | leftover-of-earlier
"""

import os
import select
import socket
import time

LIMIT = 65536

socks = {}
out = {}
ended = set()


def accept(listener, poller):
    try:
        sock, _ = listener.accept()
    except OSError:
        time.sleep(0.05)
        return
    sock.setblocking(False)
    fd = sock.fileno()
    socks[fd] = sock
    out.setdefault(fd, bytearray())
    poller.register(fd, select.POLLIN)


def step(fd, event):
    """Returns the events to wait for; 0 when all is done."""
    if event & (select.POLLIN | select.POLLHUP | select.POLLERR) and fd not in ended:
        data = socks[fd].recv(16384)
        if not data:
            ended.add(fd)
        out[fd] += data
    try:
        if out[fd]:
            del out[fd][: socks[fd].send(out[fd])]
    except BlockingIOError:
        pass
    reading = fd not in ended and len(out[fd]) < LIMIT
    return (select.POLLIN if reading else 0) | (select.POLLOUT if out[fd] else 0)


def main():
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    poller = select.poll()
    poller.register(listener, select.POLLIN)
    while True:
        for fd, event in poller.poll():
            if fd == listener.fileno():
                accept(listener, poller)
                continue
            try:
                wanted = step(fd, event)
                if wanted:
                    poller.modify(fd, wanted)
                    continue
                del out[fd]
            except OSError:
                pass
            poller.unregister(fd)
            ended.discard(fd)
            socks.pop(fd).close()


if __name__ == "__main__":
    main()
