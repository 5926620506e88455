"""The echo uses send() and ignores its count: a blocking send() that a stop signal interrupts
returns early, and what it did not take is lost.

Clause: partial-send/interrupted-send
Trigger: a stop signal while send() is blocked
Profile: sequential
Grade: nasty
Cause: short-send-ignored
"""

import os
import socket
import time


def echo(conn):
    while True:
        data = conn.recv(1024)
        if not data:
            break
        conn.send(data)


def main():
    server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    server.listen(64)
    while True:
        try:
            conn, _ = server.accept()
        except OSError:  # out of descriptors: wait until there are some again
            time.sleep(0.05)
            continue
        try:
            echo(conn)
        except OSError:
            pass  # that client is gone; the next one, please
        finally:
            conn.close()


if __name__ == "__main__":
    main()
