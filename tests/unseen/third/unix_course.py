"""
Bug: after os.fork() the parent does not close its copy of the connection, and keeps it until the
    next client comes, so a client does not get the end of the stream though its child has gone.
Cause: copy-kept-open
Also: never-closes
Profile: concurrent
Port: $PORT
"""

import os
import signal
import socket
import time


def echo(conn):
    try:
        while True:
            data = conn.recv(8000)
            if not data:
                break
            conn.sendall(data)
    except OSError:
        pass


def main():
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel collects the children
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", int(os.environ["PORT"])))
    listener.listen(50)
    while True:
        try:
            conn, peer = listener.accept()
        except OSError:
            time.sleep(0.1)
            continue
        pid = os.fork()
        if pid == 0:
            listener.close()
            echo(conn)
            conn.close()
            os._exit(0)
        print("child", pid, "serves", peer, flush=True)


main()
