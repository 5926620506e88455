"""
Bug: the sockets are watched for "writable" all the time, also when there is nothing to write, so
    poll() never waits while a client is connected.
Cause: busy-loop-writable
Also: spins-idle
Caught by: resources/idle-cpu
Profile: concurrent
Port: $PORT
"""

import os
import select
import socket
import time

LIMIT = 1 << 16


def run(port):
    server = socket.create_server(("127.0.0.1", port), backlog=128)
    server.setblocking(False)
    poller = select.poll()
    poller.register(server, select.POLLIN)
    socks, queues, closing = {}, {}, set()

    def close(fd):
        poller.unregister(fd)
        socks.pop(fd).close()
        del queues[fd]
        closing.discard(fd)

    while True:
        for fd, flags in poller.poll():
            if fd == server.fileno():
                try:
                    sock, _ = server.accept()
                except OSError:
                    time.sleep(0.05)
                    continue
                sock.setblocking(False)
                socks[sock.fileno()] = sock
                queues[sock.fileno()] = b""
                poller.register(sock, select.POLLIN | select.POLLOUT)
                continue
            try:
                if flags & ~select.POLLOUT and fd not in closing and len(queues[fd]) < LIMIT:
                    data = socks[fd].recv(LIMIT)
                    queues[fd] += data
                    if not data:
                        closing.add(fd)
                if flags & select.POLLOUT and queues[fd]:
                    count = socks[fd].send(queues[fd])
                    queues[fd] = queues[fd][count:]
            except BlockingIOError:
                continue
            except OSError:
                close(fd)
                continue
            if fd in closing and not queues[fd]:
                close(fd)


run(int(os.environ["PORT"]))
