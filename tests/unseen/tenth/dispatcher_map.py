"""
Bug: the base class says that a channel is always interested in writing, and the echo channel does
    not override that; the loop goes round without rest as long as anybody is connected.
Cause: busy-loop-writable, spins-idle
Profile: concurrent
Port: $PORT
"""

import os
import select
import socket
import time


class Channel:
    """One socket in the loop. Subclasses override what they need."""

    registry: dict = {}

    def __init__(self, sock):
        sock.setblocking(False)
        self.sock = sock
        self.registry[sock.fileno()] = self

    def readable(self):
        return True

    def writable(self):
        return True

    def handle_read(self):
        pass

    def handle_write(self):
        pass

    def close(self):
        self.registry.pop(self.sock.fileno(), None)
        self.sock.close()


def loop(timeout=30.0):
    while Channel.registry:
        poller = select.poll()
        for fd, channel in Channel.registry.items():
            flags = 0
            if channel.readable():
                flags |= select.POLLIN
            if channel.writable():
                flags |= select.POLLOUT
            poller.register(fd, flags)
        for fd, flags in poller.poll(timeout * 1000):
            channel = Channel.registry.get(fd)
            if channel is None:
                continue
            try:
                if flags & (select.POLLIN | select.POLLHUP | select.POLLERR):
                    channel.handle_read()
                if flags & select.POLLOUT and channel.sock.fileno() >= 0:
                    channel.handle_write()
            except OSError:
                channel.close()


class EchoChannel(Channel):
    LIMIT = 1 << 18

    def __init__(self, sock):
        super().__init__(sock)
        self.buffer = bytearray()
        self.eof = False

    def readable(self):
        return not self.eof and len(self.buffer) < self.LIMIT

    def handle_read(self):
        if not self.readable():
            return
        try:
            data = self.sock.recv(32768)
        except BlockingIOError:
            return
        if data:
            self.buffer += data
        else:
            self.eof = True
        self.handle_write()

    def handle_write(self):
        if self.buffer:
            try:
                sent = self.sock.send(self.buffer)
            except BlockingIOError:
                return
            del self.buffer[:sent]
        if self.eof and not self.buffer:
            self.close()


class EchoListener(Channel):
    def __init__(self, port):
        super().__init__(socket.create_server(("127.0.0.1", port), backlog=512))

    def writable(self):
        return False

    def handle_read(self):
        try:
            conn, _ = self.sock.accept()
        except BlockingIOError:
            return
        except OSError:
            time.sleep(0.02)  # perhaps too many open files
            return
        EchoChannel(conn)


EchoListener(int(os.environ["PORT"]))
loop()
