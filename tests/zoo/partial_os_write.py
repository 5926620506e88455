"""A forked child echoes with os.read() and os.write(), as for a file; on a socket os.write() may
take only a part, and the rest is never written.

Clause: partial-send/interrupted-send
Trigger: a stop signal while write() is blocked
Profile: concurrent
Grade: nasty
Cause: short-send-ignored
"""

import os
import signal
import socket
import time


def child(fd):
    try:
        while data := os.read(fd, 8192):
            os.write(fd, data)
    except OSError:
        pass
    os._exit(0)


def main():
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps the children
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    while True:
        try:
            conn, _ = listener.accept()
        except OSError:
            time.sleep(0.05)
            continue
        with conn:
            if os.fork() == 0:
                listener.close()
                child(conn.fileno())


if __name__ == "__main__":
    main()
