"""
Bug: getpeername() is called between acquire() and release(); it fails for a client that has
    broken off before it was accepted, and then the lock is kept and nobody is served any more.
Cause: lock-kept
Profile: concurrent
Port: $PORT
"""

import os
import socket
import threading
import time

guard = threading.Lock()
present = {}


def enter(conn):
    guard.acquire()
    name = conn.getpeername()
    present[name] = time.time()
    guard.release()
    return name


def leave(name):
    guard.acquire()
    present.pop(name, None)
    guard.release()


def visit(conn):
    with conn:
        name = enter(conn)
        try:
            while True:
                data = conn.recv(3333)
                if not data:
                    break
                conn.sendall(data)
        except OSError as error:
            print(name, "left in a hurry:", error)
        leave(name)


def main():
    door = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=64)
    while True:
        try:
            conn, _ = door.accept()
        except OSError:
            time.sleep(0.1)
            continue
        threading.Thread(target=visit, args=(conn,), daemon=True).start()


main()
