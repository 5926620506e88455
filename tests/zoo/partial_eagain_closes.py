"""EAGAIN from a non-blocking send() is an OSError like any other here, and ends the connection as
if the client were gone.

Clause: partial-send/stalled-reader
Trigger: a reader that stalls until the socket buffers are full
Profile: concurrent
Grade: realistic
Cause: would-block-closes
"""

import os
import selectors
import socket
import time


def echo(conn):
    """Echo what is there now; false when this connection is over."""
    try:
        data = conn.recv(16384)
        while data:
            data = data[conn.send(data) :]
            if not data:
                return True
    except OSError:
        pass
    return False


def main():
    selector = selectors.PollSelector()
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    listener.setblocking(False)
    selector.register(listener, selectors.EVENT_READ)
    while True:
        for key, _ in selector.select():
            if key.fileobj is not listener:
                if not echo(key.fileobj):
                    selector.unregister(key.fileobj)
                    key.fileobj.close()
                continue
            try:
                conn, _ = listener.accept()
            except OSError:
                time.sleep(0.05)
                continue
            conn.setblocking(False)
            selector.register(conn, selectors.EVENT_READ)


if __name__ == "__main__":
    main()
