"""The SIGTERM handler only sets a flag; accept() and recv() are restarted after a signal (PEP
475), so nobody looks at the flag until the next client comes or goes.

Clause: resilience/terminates
Trigger: SIGTERM while a client is connected and idle
Profile: sequential
Grade: realistic
Cause: sigterm-ignored
"""

import os
import signal
import socket
import time

running = True


def stop(signum, frame):
    global running
    running = False


def serve(conn):
    with conn:
        try:
            while running and (data := conn.recv(1024)):
                conn.sendall(data)
        except OSError:
            pass


def main():
    signal.signal(signal.SIGTERM, stop)
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    while running:
        try:
            conn, _ = listener.accept()
        except OSError:
            time.sleep(0.05)
            continue
        serve(conn)
    listener.close()


if __name__ == "__main__":
    main()
