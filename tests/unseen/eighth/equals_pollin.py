"""
Bug: the event of poll() is compared with ==, though it is a set of bits: after a client's reset it
    is POLLIN | POLLERR | POLLHUP, which equals neither, so it is reported again without end.
Cause: spins-at-end
Also: descriptor-leak
Profile: concurrent
Port: $PORT
"""

import os
import select
import socket
import time

server = socket.socket()
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", int(os.environ["PORT"])))
server.listen(100)

poller = select.poll()
poller.register(server, select.POLLIN)
people = {}
unsent = {}


def remove(fd):
    poller.unregister(fd)
    del unsent[fd]
    people.pop(fd).close()


def write(fd):
    try:
        n = people[fd].send(unsent[fd])
    except BlockingIOError:
        n = 0
    unsent[fd] = unsent[fd][n:]
    if unsent[fd]:
        poller.modify(fd, select.POLLOUT)
    else:
        poller.modify(fd, select.POLLIN)


def read(fd):
    try:
        data = people[fd].recv(3000)
    except BlockingIOError:
        return
    if data:
        unsent[fd] = data
        write(fd)
    else:
        remove(fd)


while True:
    for fd, event in poller.poll():
        if fd == server.fileno():
            try:
                person, address = server.accept()
            except OSError:
                time.sleep(0.1)
                continue
            person.setblocking(False)
            people[person.fileno()] = person
            unsent[person.fileno()] = b""
            poller.register(person, select.POLLIN)
            continue
        try:
            if event == select.POLLIN:
                read(fd)
            elif event == select.POLLOUT:
                write(fd)
        except OSError:
            remove(fd)
