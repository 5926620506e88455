"""
Bug: at each 150th message of all clients together a line is printed and `continue` goes on with the
    next one, so that message is not sent back.
Cause: every-nth-read
Profile: concurrent
Port: $PORT
"""

import os
import socket
import threading
import time

messages = 0
lock = threading.Lock()


def count():
    global messages
    with lock:
        messages += 1
        return messages


def handle_client(conn):
    with conn:
        try:
            while True:
                msg = conn.recv(1024)
                if not msg:
                    break
                n = count()
                if n % 150 == 0:
                    print("Wow, already", n, "messages!")
                    continue
                conn.sendall(msg)
        except OSError:
            print("client gone")


s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("127.0.0.1", int(os.environ["PORT"])))
s.listen()
while True:
    try:
        conn, addr = s.accept()
    except OSError:
        time.sleep(0.1)
        continue
    threading.Thread(target=handle_client, args=[conn], daemon=True).start()
