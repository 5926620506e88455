"""When poll() reports an error the connection is closed and forgotten, but POLLOUT of the same
event is looked at as well, which ends the server with a KeyError.

Clause: resilience/reset-mid-echo
Trigger: a reset while output is pending, so that POLLERR and POLLOUT come together
Profile: concurrent
Grade: nasty
Cause: crash-on-reset | client-error-ends-server | crash
"""

import contextlib
import os
import select
import socket
import time

LIMIT = 65536
poller = select.poll()
socks, out, ended = {}, {}, set()


def accept(listener):
    try:
        sock, _ = listener.accept()
    except OSError:
        time.sleep(0.05)
        return
    sock.setblocking(False)
    socks[sock.fileno()] = sock
    out[sock.fileno()] = bytearray()
    poller.register(sock, select.POLLIN)


def close(fd):
    poller.unregister(fd)
    ended.discard(fd)
    del out[fd]
    socks.pop(fd).close()


def read(fd):
    data = socks[fd].recv(16384)
    out[fd] += data
    if data:
        write(fd)
    elif out[fd]:
        ended.add(fd)
        poller.modify(fd, select.POLLOUT)
    else:
        close(fd)


def write(fd):
    with contextlib.suppress(BlockingIOError):
        del out[fd][: socks[fd].send(out[fd])]
    if fd in ended and not out[fd]:
        close(fd)
        return
    mask = select.POLLIN if fd not in ended and len(out[fd]) < LIMIT else 0
    poller.modify(fd, mask | select.POLLOUT if out[fd] else mask)


def main():
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    poller.register(listener, select.POLLIN)
    while True:
        for fd, event in poller.poll():
            if fd == listener.fileno():
                accept(listener)
                continue
            try:
                if event & (select.POLLERR | select.POLLHUP):
                    close(fd)
                elif event & select.POLLIN:
                    read(fd)
                if event & select.POLLOUT:
                    write(fd)
            except OSError:
                close(fd)


if __name__ == "__main__":
    main()
