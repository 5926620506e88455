"""The writer thread of each client waits on its queue for more; nobody tells it that the
connection has ended, and it waits for ever.

Clause: resources/threads
Trigger: many connections, one after another
Profile: concurrent
Grade: realistic
Cause: thread-leak
"""

import contextlib
import os
import queue
import socket
import threading
import time


def write(conn, outgoing):
    while True:
        data = outgoing.get()
        with contextlib.suppress(OSError):
            conn.sendall(data)
        outgoing.task_done()


def read(conn):
    outgoing = queue.Queue(maxsize=8)
    threading.Thread(target=write, args=(conn, outgoing), daemon=True).start()
    try:
        while data := conn.recv(8192):
            outgoing.put(data)
    except OSError:
        pass
    outgoing.join()
    conn.close()


def main():
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    while True:
        try:
            conn, _ = listener.accept()
        except OSError:
            time.sleep(0.05)
            continue
        threading.Thread(target=read, args=(conn,), daemon=True).start()


if __name__ == "__main__":
    main()
