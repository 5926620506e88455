"""
Bug: `[bytearray()] * SLOTS` is one bytearray many times over, so what waits for a client that does
    not read is sent to whoever is served next.
Cause: shared-buffer
Profile: concurrent
Port: $PORT
"""

import os
import select
import socket
import time

SLOTS = 3000
waiting = [bytearray()] * SLOTS  # what is still to be sent, by descriptor
sockets = [None] * SLOTS

server = socket.socket()
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", int(os.environ["PORT"])))
server.listen(100)

poll = select.poll()
poll.register(server, select.POLLIN)


def newcomer():
    try:
        sock, _ = server.accept()
    except OSError:
        time.sleep(0.05)
        return
    fd = sock.fileno()
    if fd >= SLOTS:
        sock.close()
        return
    sock.setblocking(False)
    sockets[fd] = sock
    poll.register(fd, select.POLLIN)


def goodbye(fd):
    poll.unregister(fd)
    sockets[fd].close()
    sockets[fd] = None
    waiting[fd].clear()


def serve(fd):
    sock = sockets[fd]
    try:
        if not waiting[fd]:
            data = sock.recv(4096)
            if not data:
                goodbye(fd)
                return
            waiting[fd].extend(data)
        sent = sock.send(waiting[fd])
        del waiting[fd][:sent]
    except BlockingIOError:
        pass
    except OSError:
        goodbye(fd)
        return
    # nobody is read from before his answer has gone
    poll.modify(fd, select.POLLOUT if waiting[fd] else select.POLLIN)


while True:
    for fd, _event in poll.poll():
        if fd == server.fileno():
            newcomer()
        elif sockets[fd] is not None:
            serve(fd)
