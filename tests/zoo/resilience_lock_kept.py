"""When an echo fails, the handler takes the lock of the statistics and asks for the peer's
address; on a reset connection that raises, and the lock is never released: all threads wait for
it.

Clause: resilience/reset-mid-echo
Trigger: a reset while the server is sending
Profile: concurrent
Grade: nasty
Cause: lock-kept
"""

import collections
import os
import socket
import threading
import time

lock = threading.Lock()
served = 0
lost = collections.Counter()


def serve(conn):
    global served
    lock.acquire()
    served += 1
    lock.release()
    with conn:
        while data := read(conn):
            try:
                conn.sendall(data)
            except OSError:
                lock.acquire()
                lost[conn.getpeername()[0]] += len(data)
                lock.release()
                break


def read(conn):
    try:
        return conn.recv(4096)
    except OSError:
        return b""


def quiet(args):
    """A client's failure is not news."""


def main():
    threading.excepthook = quiet
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
