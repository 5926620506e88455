"""
Style: the socket as one buffered file object for both ways, read with read1() and flushed after
    each write; keep-alive and no Nagle, as in many listings.
Profile: concurrent
Port: $PORT
"""

import os
import socket
import threading
import time


def configure(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def session(sock):
    try:
        configure(sock)
        file = sock.makefile("rwb")
    except OSError:
        sock.close()
        return
    try:
        while block := file.read1(12_345):
            file.write(block)
            file.flush()
    except OSError:
        pass
    finally:
        try:
            file.close()
        except OSError:
            pass  # what could not be sent to a client that has gone
        sock.close()


listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=128)
while True:
    try:
        sock, _ = listener.accept()
    except OSError:
        time.sleep(0.1)
    else:
        threading.Thread(target=session, args=(sock,), daemon=True).start()
