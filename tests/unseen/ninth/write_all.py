"""
Bug: in the loop that sends, `sent = sock.send(...)` stands where += is meant, so after a partial
    send the position is wrong, and parts are sent again and again.
Cause: none-of-these
Also: send-retried-from-start
Profile: one-shot
Port: $PORT
"""

import os
import select
import socket
import sys


def wait_readable(sock):
    select.select([sock], [], [])


def wait_writable(sock):
    select.select([], [sock], [])


def read_some(sock, limit):
    while True:
        try:
            return sock.recv(limit)
        except BlockingIOError:
            wait_readable(sock)


def write_all(sock, data):
    sent = 0
    while sent < len(data):
        try:
            sent = sock.send(data[sent:])
        except BlockingIOError:
            wait_writable(sock)


def main():
    port = int(os.environ["PORT"])
    with socket.create_server(("127.0.0.1", port), backlog=100) as listener:
        sock, _ = listener.accept()
    sock.setblocking(False)
    with sock:
        try:
            while data := read_some(sock, 256 * 1024):
                write_all(sock, data)
        except ConnectionError:
            pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
