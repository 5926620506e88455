"""When send() takes only a part of the outgoing buffer, the buffer is kept whole and sent again
from its beginning, so that the first part arrives twice.

Clause: partial-send/small-window
Trigger: a short count from a non-blocking send()
Profile: concurrent
Grade: realistic
Cause: send-retried-from-start
"""

import os
import select
import socket
import time


def accept(listener, poller, socks, out):
    try:
        conn, _ = listener.accept()
    except OSError:
        time.sleep(0.05)
        return
    conn.setblocking(False)
    socks[conn.fileno()] = conn
    out[conn.fileno()] = b""
    poller.register(conn, select.POLLIN)


def serve(fd, event, poller, conn, out):
    """Echo one step; false when the client has ended."""
    if not out[fd]:
        out[fd] = conn.recv(32768)
        if not out[fd]:
            return False
    try:
        if conn.send(out[fd]) == len(out[fd]):
            out[fd] = b""
    except BlockingIOError:
        pass
    poller.modify(fd, select.POLLOUT if out[fd] else select.POLLIN)
    return True


def main():
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    poller = select.poll()
    poller.register(listener, select.POLLIN)
    socks, out = {}, {}
    while True:
        for fd, event in poller.poll():
            if fd == listener.fileno():
                accept(listener, poller, socks, out)
                continue
            try:
                alive = serve(fd, event, poller, socks[fd], out)
            except OSError:
                alive = False
            if not alive:
                poller.unregister(fd)
                del out[fd]
                socks.pop(fd).close()


if __name__ == "__main__":
    main()
