"""A worker process that meets an early reset ends with an uncaught ENOTCONN, and the parent
starts no new one: after three such clients nobody is left to accept.

Clause: resilience/connect-and-leave
Trigger: three clients that connect and reset before they are accepted
Profile: concurrent
Grade: nasty
Cause: workers-die
Beside: crash-on-reset
"""

import os
import signal
import socket
import sys
import threading
import time

WORKERS = 3


def serve(conn):
    with conn:
        try:
            while data := conn.recv(4096):
                conn.sendall(data)
        except OSError:
            pass


def work(listener):
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    while True:
        try:
            conn, _ = listener.accept()
        except OSError:
            time.sleep(0.05)
            continue
        conn.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        thread = threading.Thread(target=serve, args=(conn,), daemon=True)
        thread.name = f"client at port {conn.getpeername()[1]}"
        thread.start()


def main():
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    workers = set()

    def stop(signum, frame):
        for pid in workers:
            os.kill(pid, signal.SIGTERM)
        sys.exit(0)

    for _ in range(WORKERS):
        if (pid := os.fork()) == 0:
            work(listener)
        workers.add(pid)
    signal.signal(signal.SIGTERM, stop)
    while True:
        if workers:
            workers.discard(os.wait()[0])
        else:
            signal.pause()


if __name__ == "__main__":
    main()
