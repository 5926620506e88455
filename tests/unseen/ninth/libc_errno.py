"""
Bug: the C library is loaded without use_errno=True, so ctypes.get_errno() is always 0, and a
    send() that reports that there is no room now is taken for an error: the client is dropped.
Cause: would-block-closes
Also: eagain-is-error, gives-up-on-slow-reader
Profile: concurrent
Port: $PORT
"""

import ctypes
import errno
import os
import select
import socket

libc = ctypes.CDLL(None)
libc.recv.restype = libc.send.restype = ctypes.c_ssize_t
libc.recv.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
libc.send.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]

SIZE = 16384
NO_SIGNAL = socket.MSG_NOSIGNAL
TRY_LATER = (errno.EAGAIN, errno.EINTR)


class Peer:
    """A connection and one block of memory that is never copied."""

    def __init__(self, sock):
        self.sock = sock
        self.fd = sock.fileno()
        self.block = ctypes.create_string_buffer(SIZE)
        self.begin = self.end = 0

    def transfer(self):
        """Returns what to wait for, or 0 when the connection is over."""
        if self.begin == self.end:
            got = libc.recv(self.fd, self.block, SIZE, 0)
            if got < 0 and ctypes.get_errno() in TRY_LATER:
                return select.EPOLLIN
            if got <= 0:
                return 0
            self.begin, self.end = 0, got
        while self.begin < self.end:
            here = ctypes.addressof(self.block) + self.begin
            done = libc.send(self.fd, here, self.end - self.begin, NO_SIGNAL)
            if done < 0:
                return select.EPOLLOUT if ctypes.get_errno() in TRY_LATER else 0
            self.begin += done
        return select.EPOLLIN


def accept(listener, poller, peers, spare):
    try:
        sock, _ = listener.accept()
    except BlockingIOError:
        return
    except OSError:
        # out of descriptors: give the spare one to the client, and send it away
        os.close(spare.pop())
        try:
            listener.accept()[0].close()
        except OSError:
            pass
        spare.append(os.open(os.devnull, os.O_RDONLY))
        return
    sock.setblocking(False)
    peer = peers[sock.fileno()] = Peer(sock)
    poller.register(peer.fd, select.EPOLLIN)


def main():
    address = ("127.0.0.1", int(os.environ["PORT"]))
    listener = socket.create_server(address, backlog=1024)
    listener.setblocking(False)
    poller = select.epoll()
    poller.register(listener, select.EPOLLIN)
    peers = {}
    spare = [os.open(os.devnull, os.O_RDONLY)]
    while True:
        for fd, _ in poller.poll():
            if fd == listener.fileno():
                accept(listener, poller, peers, spare)
                continue
            peer = peers[fd]
            wanted = peer.transfer()
            if wanted:
                poller.modify(fd, wanted)
            else:
                del peers[fd]
                peer.sock.close()


if __name__ == "__main__":
    main()
