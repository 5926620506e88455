"""The server asks to be told of urgent data by SIGURG and takes it for an interrupt key, as
telnetd does: it drops the connection in the middle of the echo.

Clause: resilience/urgent-data
Trigger: one byte sent with MSG_OOB
Profile: sequential
Grade: realistic
Cause: urgent-data | signal-breaks
"""

import contextlib
import fcntl
import os
import signal
import socket
import time


class InterruptKeyError(Exception):
    pass


def on_urgent(signum, frame):
    raise InterruptKeyError


def serve(conn):
    fcntl.fcntl(conn, fcntl.F_SETOWN, os.getpid())
    while data := conn.recv(1024):
        conn.sendall(data)


def main():
    signal.signal(signal.SIGURG, on_urgent)
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    while True:
        try:
            conn, _ = listener.accept()
        except OSError:
            time.sleep(0.05)
            continue
        except InterruptKeyError:
            continue
        with contextlib.suppress(OSError, InterruptKeyError):
            serve(conn)
        conn.close()


if __name__ == "__main__":
    main()
