"""
Bug: when a send fails the client is taken out of the dictionaries, and then the same event goes on
    to the branch for reading, which looks it up: a KeyError that nobody catches ends the server
    when a client resets its connection while an answer to it still waits.
Cause: crash-on-reset, client-error-ends-server, crash
Profile: concurrent
Port: $PORT
"""

import os
import queue
import select
import socket
import time

READ_ONLY = select.POLLIN | select.POLLHUP | select.POLLERR
WRITE = select.POLLOUT | select.POLLHUP | select.POLLERR

server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", int(os.environ["PORT"])))
server.listen(200)
server.setblocking(False)

poller = select.poll()
poller.register(server, READ_ONLY)

# Outgoing message queues and helpers, by file descriptor
connections = {}
message_queues = {}
ended = set()


def close(fd):
    poller.unregister(fd)
    connections.pop(fd).close()
    del message_queues[fd]
    ended.discard(fd)


def watch(fd):
    waiting = message_queues[fd].queue
    if fd in ended and not waiting:
        close(fd)
    elif waiting:
        room = len(waiting) < 16 and fd not in ended
        poller.modify(fd, WRITE | READ_ONLY if room else WRITE)
    else:
        poller.modify(fd, READ_ONLY)


def readable(fd):
    try:
        data = connections[fd].recv(8192)
    except BlockingIOError:
        return
    except OSError:
        close(fd)
        return
    if data:
        message_queues[fd].put(data)
    else:
        ended.add(fd)
    watch(fd)


def writable(fd):
    waiting = message_queues[fd].queue
    if waiting:
        try:
            sent = connections[fd].send(waiting[0])
        except BlockingIOError:
            return
        except OSError:
            close(fd)
            return
        rest = waiting.popleft()[sent:]
        if rest:
            waiting.appendleft(rest)
    watch(fd)


while True:
    for fd, flag in poller.poll():
        if fd == server.fileno():
            try:
                connection, client_address = server.accept()
            except BlockingIOError:
                continue
            except OSError:
                time.sleep(0.02)
                continue
            connection.setblocking(False)
            connections[connection.fileno()] = connection
            message_queues[connection.fileno()] = queue.Queue()
            poller.register(connection, READ_ONLY)
            continue
        if flag & select.POLLOUT:
            writable(fd)
        if flag & (select.POLLIN | select.POLLHUP | select.POLLERR):
            readable(fd)
