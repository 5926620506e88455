"""
Style: each piece is read twice, which looks as if every other read were lost, but the first read
    only peeks (MSG_PEEK), and the second takes away exactly what send() has accepted.
Profile: concurrent
Port: $PORT
"""

import os
import socket
import threading
import time


def take_away(conn, count):
    while count:
        count -= len(conn.recv(count))


def echo(conn):
    with conn:
        try:
            while seen := conn.recv(4500, socket.MSG_PEEK):
                take_away(conn, conn.send(seen))
        except OSError:
            pass


listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=64)
while True:
    try:
        conn, _ = listener.accept()
    except OSError:
        time.sleep(0.1)
        continue
    threading.Thread(target=echo, args=(conn,), daemon=True).start()
