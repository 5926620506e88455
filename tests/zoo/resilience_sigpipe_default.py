"""SIGPIPE is given back its default action, as in a command-line filter, and so a client that
vanishes while the server sends kills the whole process.

Clause: resilience/vanish-while-sending
Trigger: a send to a connection that was reset
Profile: concurrent
Grade: nasty
Cause: killed-by-sigpipe
"""

import os
import signal
import socket
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
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # no traceback when used in a pipe
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
