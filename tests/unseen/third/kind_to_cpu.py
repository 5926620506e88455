"""
Bug: the loop sleeps for 0.15 seconds after each read "to spare the processor", though recv()
    waits by itself, so each message is late and much data takes minutes.
Cause: slow-each-time
Profile: concurrent
Port: $PORT
"""

import os
import socket
import threading
from time import sleep


def handle(c):
    try:
        while True:
            d = c.recv(5000)
            sleep(0.15)  # do not use 100 % CPU!
            if not d:
                break
            c.sendall(d)
    except OSError as e:
        print("lost:", e)
    c.close()


s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("127.0.0.1", int(os.environ["PORT"])))
s.listen(25)
while True:
    try:
        c, a = s.accept()
    except OSError as e:
        print("accept:", e)
        sleep(0.1)
        continue
    t = threading.Thread(target=handle, args=(c,))
    t.daemon = True
    t.start()
