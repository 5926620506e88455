"""
Bug: the first message of each client is read to be printed, and is never sent back.
Cause: first-read-lost
Profile: sequential
Port: $PORT
"""

import os
import socket
import time

MY_ADDRESS = ("127.0.0.1", int(os.environ["PORT"]))


def echo(c):
    print("The client says:", c.recv(1024))
    while True:
        chunk = c.recv(1024)
        if chunk == b"":
            return
        c.sendall(chunk)


s = socket.create_server(MY_ADDRESS, backlog=20)
while True:
    try:
        c, a = s.accept()
    except OSError:
        time.sleep(0.1)
        continue
    try:
        echo(c)
    except OSError as problem:
        print("Problem with", a, problem)
    c.close()
