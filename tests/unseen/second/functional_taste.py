"""
Bug: echo() calls itself for the next message in place of a loop, so after about a thousand reads on
    one connection a RecursionError ends the server.
Cause: recursion
Also: reads-quota, crash
Profile: sequential
Port: $PORT
"""

import contextlib
import itertools
import os
import socket
import time


def echo(conn):
    data = conn.recv(4096)
    if data:
        conn.sendall(data)
        echo(conn)


def accepted(listener):
    for _ in itertools.count():
        try:
            yield listener.accept()[0]
        except OSError:
            time.sleep(0.1)


listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])))
for conn in accepted(listener):
    with conn, contextlib.suppress(OSError):
        echo(conn)
