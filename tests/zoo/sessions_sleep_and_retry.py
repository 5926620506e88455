"""In an otherwise non-blocking loop a send() that gets EAGAIN is repeated after a short sleep
until it succeeds, and a slow reader slows down everybody to its own pace.

Clause: sessions/stalled-client-aside
Trigger: a reader that takes its echo in small pieces with pauses, the buffers full
Profile: concurrent
Grade: realistic
Cause: blocked-by-stalled-reader
"""

import os
import selectors
import socket
import time


def send_everything(conn, data):
    while data:
        try:
            data = data[conn.send(data) :]
        except BlockingIOError:
            time.sleep(0.02)


def echo(conn):
    try:
        data = conn.recv(16384)
        send_everything(conn, data)
    except OSError:
        return False
    return bool(data)


def main():
    sel = selectors.DefaultSelector()
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    sel.register(listener, selectors.EVENT_READ)
    while True:
        for key, _ in sel.select():
            if key.fileobj is listener:
                try:
                    conn, _ = listener.accept()
                except OSError:
                    time.sleep(0.05)
                    continue
                conn.setblocking(False)
                sel.register(conn, selectors.EVENT_READ)
            elif not echo(key.fileobj):
                sel.unregister(key.fileobj)
                key.fileobj.close()


if __name__ == "__main__":
    main()
