"""
Bug: the socket is read until recv() fails, and its BlockingIOError, which only says that nothing
    is there now, is caught as OSError and closes the connection.
Cause: eagain-is-error
Also: closes-before-client
Caught by: shutdown/not-early
Profile: concurrent
Port: $PORT
"""

import os
import select
import socket
import threading
import time


def wait_for(sock, event):
    poller = select.poll()
    poller.register(sock, event)
    poller.poll()


def transmit(sock, data):
    while data:
        try:
            data = data[sock.send(data) :]
        except BlockingIOError:
            wait_for(sock, select.POLLOUT)


def drain(sock):
    """Read and answer all that is there; False at the end."""
    try:
        while data := sock.recv(4096):
            transmit(sock, data)
    except OSError as error:
        print("recv:", error)
    return False


def serve(sock):
    sock.setblocking(False)
    with sock:
        alive = True
        while alive:
            wait_for(sock, select.POLLIN)
            alive = drain(sock)


with socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=80) as listener:
    while True:
        try:
            sock, _ = listener.accept()
        except OSError:
            time.sleep(0.1)
            continue
        threading.Thread(target=serve, args=(sock,), daemon=True).start()
