"""Forks twice into its own session, the command ends at once with 0, the daemon serves one by one.

Style: sequential, a daemon that leaves the process group
Profile: sequential
"""

import contextlib
import os
import socket
import sys
import time


def become_daemon() -> None:
    if child := os.fork():
        os.waitpid(child, 0)  # it ends at once too, and must not be left a zombie
        os._exit(0)
    os.setsid()
    if os.fork():
        os._exit(0)
    os.chdir("/")
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        os.dup2(null, stream.fileno())
    os.close(null)


def main() -> None:
    port = int(os.environ.get("PORT", "0"))
    with socket.create_server(("127.0.0.1", port), backlog=128) as listener:
        while True:
            try:
                conn, _ = listener.accept()
            except OSError:
                time.sleep(0.05)
                continue
            with conn, contextlib.suppress(OSError):
                while data := conn.recv(1024):
                    conn.sendall(data)


if __name__ == "__main__":
    become_daemon()
    main()
