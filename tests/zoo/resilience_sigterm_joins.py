"""SIGTERM makes the main thread leave its loop, but the interpreter then joins the threads of the
clients, which are no daemons: one idle client keeps the process alive.

Clause: resilience/terminates
Trigger: SIGTERM while a client is connected
Profile: concurrent
Grade: nasty
Cause: sigterm-ignored
"""

import os
import signal
import socket
import sys
import threading
import time


def serve(conn):
    with conn:
        try:
            while data := conn.recv(4096):
                conn.sendall(data)
        except OSError:
            pass


def main():
    signal.signal(signal.SIGTERM, lambda signum, frame: sys.exit(0))
    with socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0")))) as listener:
        while True:
            try:
                conn, _ = listener.accept()
            except OSError:
                time.sleep(0.05)
                continue
            threading.Thread(target=serve, args=(conn,)).start()


if __name__ == "__main__":
    main()
