"""
Bug: bytes(number) makes so many zero bytes and not the one byte of that value, so each byte of the
    data is answered by a row of NULs as long as its value.
Cause: none-of-these
Profile: concurrent
Port: $PORT
"""

import os
import socket
import threading
import time

srv = socket.socket()
srv.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
srv.bind(("127.0.0.1", int(os.environ["PORT"])))
srv.listen(100)


def talk(s):
    try:
        while True:
            got = s.recv(1024)
            if len(got) == 0:
                break
            out = b""
            for c in got:
                out = out + bytes(c)
            s.sendall(out)
    except OSError:
        pass
    s.close()


while True:
    try:
        s, who = srv.accept()
    except OSError:
        time.sleep(0.1)
        continue
    threading.Thread(target=talk, args=(s,), daemon=True).start()
