"""
Bug: each look that finds nothing makes the pause before the next one ten times longer, and nothing
    makes it short again, so answers come later and later.
Cause: slow-each-time
Profile: concurrent
Port: $PORT
"""

import os
import threading
import time
from socket import MSG_DONTWAIT, SO_REUSEADDR, SOL_SOCKET, socket


def client_thread(sock):
    pause = 0.001
    try:
        while True:
            try:
                data = sock.recv(4096, MSG_DONTWAIT)
            except BlockingIOError:
                # nothing there: be kind to the CPU
                time.sleep(pause)
                pause = pause * 10
                continue
            if data == b"":
                break
            sock.sendall(data)
    except OSError:
        pass
    sock.close()


server = socket()
server.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
server.bind(("127.0.0.1", int(os.environ["PORT"])))
server.listen(100)
print("ready")
while True:
    try:
        sock, _ = server.accept()
    except OSError:
        time.sleep(0.3)
        continue
    threading.Thread(target=client_thread, args=(sock,), daemon=True).start()
