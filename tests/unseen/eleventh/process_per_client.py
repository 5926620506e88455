"""
Bug: the parent does not close its copy of the connection after the fork, so the client gets no
    end when the child has closed, before the next client comes
Cause: copy-kept-open
Also: never-closes
Profile: concurrent
Port: $PORT
"""

import errno
import os
import signal
import socket
import sys
import time

BUFSIZE = 8192


def reap(signum, frame):
    """Collect every child that has finished."""
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return


def serve(conn):
    while True:
        data = conn.recv(BUFSIZE)
        if not data:
            return
        conn.sendall(data)


def child(server, conn):
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    server.close()
    try:
        serve(conn)
    except OSError:
        pass
    conn.close()
    os._exit(0)


def main():
    signal.signal(signal.SIGCHLD, reap)
    server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(("127.0.0.1", int(os.environ["PORT"])))
    server.listen(1024)
    while True:
        try:
            conn, _ = server.accept()
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE, errno.ENOBUFS):
                time.sleep(0.05)
            continue
        sys.stdout.flush()
        try:
            pid = os.fork()
        except OSError:
            conn.close()
            continue
        if pid == 0:
            child(server, conn)


if __name__ == "__main__":
    main()
