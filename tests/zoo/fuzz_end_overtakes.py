"""The reading thread closes the sending side itself when the client ends, past the queue in which
data still wait for the writing thread.

Clause: shutdown/lagging-reader
Trigger: the end arrives while the writer is behind the reader
Profile: concurrent
Grade: realistic
Cause: pending-dropped-at-end | half-close-ends-at-once
"""

import os
import queue
import socket
import threading
import time


def write(conn, outgoing):
    try:
        while data := outgoing.get():
            conn.sendall(data)
    except OSError:
        while outgoing.get():
            pass
    conn.close()


def read(conn, outgoing):
    try:
        while data := conn.recv(16384):
            outgoing.put(data)
        conn.shutdown(socket.SHUT_WR)
    except OSError:
        pass
    outgoing.put(b"")


def main():
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    while True:
        try:
            conn, _ = listener.accept()
        except OSError:
            time.sleep(0.05)
            continue
        outgoing = queue.Queue(maxsize=32)
        threading.Thread(target=write, args=(conn, outgoing), daemon=True).start()
        threading.Thread(target=read, args=(conn, outgoing), daemon=True).start()


if __name__ == "__main__":
    main()
