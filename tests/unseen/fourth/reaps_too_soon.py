"""
Bug: the parent calls waitpid() for a child directly after fork(), when it cannot have ended yet,
    and never again, so every client leaves a zombie.
Cause: zombies
Caught by: resources/zombies
Profile: concurrent
Port: 29006
"""

import os
import socket
import time

PORT = 29006


def child(conn):
    try:
        while chunk := conn.recv(7000):
            conn.sendall(chunk)
    except OSError:
        pass
    conn.close()


def main():
    listener = socket.create_server(("127.0.0.1", PORT), backlog=40)
    while True:
        try:
            conn, _ = listener.accept()
        except OSError:
            time.sleep(0.1)
            continue
        pid = os.fork()
        if pid == 0:
            listener.close()
            child(conn)
            os._exit(0)
        conn.close()
        os.waitpid(pid, os.WNOHANG)


main()
