"""
Bug: when a client resets its connection the error leaves the child's part, is caught by the loop
    around it, and the child goes on with that loop in place of ending: a process more each time.
Cause: child-goes-on
Profile: concurrent
Port: $PORT
"""

import os
import signal
import socket
import sys
import time


def serve(conn):
    while True:
        block = conn.recv(4096)
        if not block:
            break
        conn.sendall(block)


def main(port):
    # The system buries our children by itself.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    srv = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    srv.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    srv.bind(("127.0.0.1", port))
    srv.listen(50)
    while True:
        try:
            conn, addr = srv.accept()
            with conn:
                if os.fork() == 0:
                    srv.close()
                    serve(conn)
                    os._exit(0)
        except OSError as exc:
            print(f"error: {exc}", file=sys.stderr)
            time.sleep(0.25)


if __name__ == "__main__":
    main(int(os.environ["PORT"]))
