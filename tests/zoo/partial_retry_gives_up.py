"""A non-blocking send() that gets EAGAIN is tried again twenty times in 0.2 s; what a slower
reader has not made room for by then is dropped without a word.

Clause: partial-send/slow-reader
Trigger: a reader that pauses for more than 0.2 s with the buffers full
Profile: concurrent
Grade: realistic
Cause: stalled-output-dropped | would-block-dropped
"""

import os
import select
import socket
import threading
import time


def send_everything(conn, data):
    tries = 20
    while data and tries:
        try:
            data = data[conn.send(data) :]
        except BlockingIOError:
            tries -= 1
            time.sleep(0.01)


def serve(conn):
    conn.setblocking(False)
    poller = select.poll()
    poller.register(conn, select.POLLIN)
    with conn:
        while poller.poll():
            try:
                data = conn.recv(4096)
                if not data:
                    return
                send_everything(conn, data)
            except BlockingIOError:
                continue
            except OSError:
                return


def main():
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    while True:
        try:
            conn, _ = listener.accept()
        except OSError:
            time.sleep(0.05)
            continue
        threading.Thread(target=serve, args=(conn,), daemon=True).start()


if __name__ == "__main__":
    main()
