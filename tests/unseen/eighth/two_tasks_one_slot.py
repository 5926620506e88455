"""
Bug: the scheduler keeps one waiting task for each socket, but a connection has two, one that reads
    and one that writes; when one begins to wait while the other does, the other is forgotten.
Cause: never-resumes
Also: deadlock-both-ways
Profile: concurrent
Port: $PORT
"""

# A port of the scheduler from a text on coroutines: tasks are generators which yield what they
# wait for.
import os
import select
import socket
import time
from collections import deque

READ, WRITE, PARK = select.POLLIN, select.POLLOUT, 0

ready = deque()
waiting = {}  # socket -> (event, task)


class Pipe:
    """What has been read from one client and not been sent yet; at most sixteen pieces."""

    def __init__(self):
        self.pieces = deque()
        self.ended = False
        self.parked = []

    def wake(self):
        ready.extend(self.parked)
        self.parked.clear()


def reading(conn, pipe):
    try:
        while not pipe.ended:
            if len(pipe.pieces) >= 16:
                yield PARK, pipe
                continue
            yield READ, conn
            piece = conn.recv(4096)
            if not piece:
                break
            pipe.pieces.append(piece)
            pipe.wake()
    except OSError:
        pass
    pipe.ended = True
    pipe.wake()


def writing(conn, pipe):
    try:
        while True:
            while pipe.pieces:
                piece = pipe.pieces.popleft()
                pipe.wake()
                while piece:
                    try:
                        piece = piece[conn.send(piece) :]
                    except BlockingIOError:
                        yield WRITE, conn
            if pipe.ended:
                break
            yield PARK, pipe
    except OSError:
        pass
    pipe.ended = True
    pipe.wake()
    waiting.pop(conn, None)
    conn.close()


def accepting(listener):
    while True:
        yield READ, listener
        try:
            conn, _ = listener.accept()
        except OSError:
            time.sleep(0.05)
            continue
        conn.setblocking(False)
        pipe = Pipe()
        ready.append(reading(conn, pipe))
        ready.append(writing(conn, pipe))


def step(task):
    try:
        what, where = next(task)
    except StopIteration:
        return
    if what == PARK:
        where.parked.append(task)
    else:
        waiting[where] = (what, task)


def look():
    poll = select.poll()
    sockets = {}
    for sock, (event, _) in waiting.items():
        sockets[sock.fileno()] = sock
        poll.register(sock, event)
    for number, _ in poll.poll():
        ready.append(waiting.pop(sockets[number])[1])


def main():
    listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=100)
    ready.append(accepting(listener))
    while True:
        while ready:
            step(ready.popleft())
        look()


main()
