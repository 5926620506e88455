"""
Bug: nothing leaves the inner loop when recv() returns nothing, so it goes round for ever.
Cause: missing-break
Caught by: shutdown/after-echo
Profile: concurrent
Port: $PORT
"""

import os
import socket
import threading
import time


def client_thread(sock):
    try:
        while True:
            data = sock.recv(1024)
            sock.sendall(data)
    except OSError:
        sock.close()


listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])))
while True:
    try:
        sock, _ = listener.accept()
        threading.Thread(target=client_thread, args=(sock,), daemon=True).start()
    except OSError:
        time.sleep(0.1)
