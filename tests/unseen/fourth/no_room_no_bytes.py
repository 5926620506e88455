"""
Bug: the loop that sends ends quietly when the socket has no room at the moment, and what had not
    been sent by then is forgotten.
Cause: would-block-dropped
Also: short-send-ignored
Caught by: partial-send/stalled-reader
Profile: concurrent
Port: $PORT
"""

import os
import select
import socket
import time


def push(sock, message):
    view = memoryview(message)
    while view:
        try:
            count = sock.send(view)
        except BlockingIOError:
            return
        view = view[count:]


listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", int(os.environ["PORT"])))
listener.listen(100)
listener.setblocking(False)

poller = select.poll()
poller.register(listener, select.POLLIN)
peers = {}

while True:
    for number, event in poller.poll():
        if number == listener.fileno():
            try:
                peer, address = listener.accept()
            except BlockingIOError:
                continue
            except OSError as error:
                print("accept:", error)
                time.sleep(0.1)
                continue
            peer.setblocking(False)
            peers[peer.fileno()] = peer
            poller.register(peer, select.POLLIN)
            continue
        peer = peers[number]
        try:
            message = peer.recv(5000)
            push(peer, message)
        except BlockingIOError:
            continue
        except OSError:
            message = b""
        if not message:
            poller.unregister(number)
            del peers[number]
            peer.close()
