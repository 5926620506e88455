"""When there is no room to send (EAGAIN) it tries again half a millisecond later: all bytes come,
and some hundredths of a processor are burnt for as long as a client does not read.

Clause: partial-send/no-spin
Trigger: a client that stalls
Profile: concurrent
Grade: nasty
Cause: spins-when-full
"""

import contextlib
import os
import select
import socket
import threading
import time


def serve(conn):
    conn.setblocking(False)
    poller = select.poll()
    poller.register(conn, select.POLLIN)
    with conn, contextlib.suppress(ConnectionError):
        while True:
            poller.poll()
            data = conn.recv(4096)
            if not data:
                return
            while data:
                try:
                    data = data[conn.send(data) :]
                except BlockingIOError:
                    time.sleep(0.0005)


def main():
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))), backlog=128)
    while True:
        try:
            conn, _ = listener.accept()
        except OSError:
            time.sleep(0.05)
            continue
        threading.Thread(target=serve, args=(conn,), daemon=True).start()


if __name__ == "__main__":
    main()
