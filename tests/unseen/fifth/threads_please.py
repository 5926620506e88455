"""
Bug: Thread(target=serve(conn)) calls the function itself, and gives its result to the thread.
Cause: thread-called-not-started
Also: one-at-a-time
Caught by: sessions/simultaneous
Profile: concurrent
Port: 8888
"""

import socket
import time
from threading import Thread


def serve(conn):
    with conn:
        while data := conn.recv(1024):
            conn.sendall(data)


s = socket.create_server(("127.0.0.1", 8888))
while True:
    try:
        conn, addr = s.accept()
        t = Thread(target=serve(conn))
        t.start()
    except OSError as e:
        print(e)
        time.sleep(0.1)
