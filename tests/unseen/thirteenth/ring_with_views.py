"""
Bug: "<=" for "<": a full ring is read into as well, into no bytes at all, and the 0 that
    comes back is taken for the end: the connection is closed when the ring was full.
Cause: full-read-is-end, ring-wrap
Profile: concurrent
Port: $PORT
"""

import os
import select
import socket
import threading
import time


class Ring:
    """Bytes between `tail` and `head`, kept in a buffer of 4099 bytes that begins again."""

    SIZE = 4099

    def __init__(self):
        self.view = memoryview(bytearray(self.SIZE))
        self.head = 0
        self.tail = 0

    def __len__(self):
        return self.head - self.tail

    def parts(self, begin, count):
        """The one or two slices that hold `count` bytes from the index `begin` on."""
        first = begin % self.SIZE
        end = first + count
        if end <= self.SIZE:
            return [self.view[first:end]]
        return [self.view[first:], self.view[: end - self.SIZE]]

    def free(self):
        return self.parts(self.head, self.SIZE - len(self))

    def filled(self):
        return self.parts(self.tail, len(self))


def echo(sock):
    ring = Ring()
    ended = False
    while len(ring) or not ended:
        reading = select.POLLIN if not ended and len(ring) <= Ring.SIZE else 0
        writing = select.POLLOUT if len(ring) else 0
        poll = select.poll()
        poll.register(sock, reading | writing)
        for _, event in poll.poll():
            if event & (select.POLLERR | select.POLLHUP):
                return
            if event & select.POLLOUT:
                ring.tail += sock.sendmsg(ring.filled())
            if event & select.POLLIN:
                count = sock.recvmsg_into(ring.free())[0]
                ring.head += count
                ended = count == 0


def serve(sock):
    with sock:
        sock.setblocking(False)
        try:
            echo(sock)
        except OSError:
            pass


def main():
    listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=100)
    while True:
        try:
            sock, _ = listener.accept()
        except OSError:
            time.sleep(0.1)
            continue
        threading.Thread(target=serve, args=(sock,), daemon=True).start()


if __name__ == "__main__":
    main()
