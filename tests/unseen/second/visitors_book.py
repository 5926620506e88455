"""
Bug: getpeername() fails for a client that broke off, between acquire() and release() of the lock;
    the lock is kept for ever, and every later client waits for it.
Cause: lock-kept
Profile: concurrent
Port: $PORT
"""

import collections
import contextlib
import os
import socket
import threading
import time

lock = threading.Lock()
online = 0
last_visitors = collections.deque(maxlen=10)


def enter():
    global online
    lock.acquire()
    online += 1
    lock.release()


def leave(conn, count):
    global online
    lock.acquire()
    online -= 1
    host, port = conn.getpeername()
    last_visitors.append((host, port, count))
    lock.release()


def serve(conn):
    count = 0
    with conn:
        enter()
        with contextlib.suppress(OSError):
            while data := conn.recv(4096):
                conn.sendall(data)
                count += len(data)
        leave(conn, count)


def main():
    server = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=100)
    while True:
        try:
            conn, _ = server.accept()
        except OSError:
            time.sleep(0.1)
            continue
        threading.Thread(target=serve, args=(conn,), daemon=True).start()


if __name__ == "__main__":
    main()
