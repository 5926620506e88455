"""Bug: the watermark that stops reading counts the output of all connections together, so one
    client that does not read stops the reading from everybody.
Cause: blocked-by-stalled-reader
Beside: spins-at-accept
Profile: concurrent
Port: $PORT
"""

import logging
import os
import selectors
import socket
from selectors import EVENT_READ, EVENT_WRITE

HIGH_WATER = 512 * 1024
LOW_WATER = 128 * 1024
logger = logging.getLogger(__name__)


class Channel:
    __slots__ = ("input_closed", "outbound", "sock")

    def __init__(self, sock):
        self.sock = sock
        self.outbound = bytearray()
        self.input_closed = False


class Reactor:
    def __init__(self, address):
        self.selector = selectors.DefaultSelector()
        self.listener = socket.create_server(address, backlog=300)
        self.listener.setblocking(False)
        self.selector.register(self.listener, EVENT_READ)
        self.channels = set()
        self.pending_bytes = 0
        self.throttled = False

    def run(self):
        while True:
            for key, mask in self.selector.select():
                if key.fileobj is self.listener:
                    self.accept()
                elif key.data in self.channels:
                    self.dispatch(key.data, mask)

    def accept(self):
        try:
            sock, peer = self.listener.accept()
        except OSError as exc:
            logger.info("accept: %s", exc)
            return
        logger.info("connection from %s", peer)
        sock.setblocking(False)
        channel = Channel(sock)
        self.channels.add(channel)
        self.watch(channel)

    def dispatch(self, channel, mask):
        try:
            if mask & EVENT_READ and not self.throttled:
                self.on_readable(channel)
            if channel.outbound:
                self.on_writable(channel)
        except (BlockingIOError, InterruptedError):
            pass
        except OSError as exc:
            logger.info("dropped: %s", exc)
            self.close(channel)
            return
        if channel.input_closed and not channel.outbound:
            self.close(channel)
        else:
            self.watch(channel)
        self.check_watermarks()

    def on_readable(self, channel):
        data = channel.sock.recv(16384)
        if data:
            channel.outbound += data
            self.pending_bytes += len(data)
        else:
            channel.input_closed = True

    def on_writable(self, channel):
        sent = channel.sock.send(channel.outbound)
        del channel.outbound[:sent]
        self.pending_bytes -= sent

    def check_watermarks(self):
        if not self.throttled and self.pending_bytes > HIGH_WATER:
            self.throttled = True
        elif self.throttled and self.pending_bytes < LOW_WATER:
            self.throttled = False
        else:
            return
        for channel in self.channels:
            self.watch(channel)

    def watch(self, channel):
        events = 0
        if not self.throttled and not channel.input_closed:
            events |= EVENT_READ
        if channel.outbound:
            events |= EVENT_WRITE
        registered = channel.sock in self.selector.get_map()
        if registered and events:
            self.selector.modify(channel.sock, events, channel)
        elif events:
            self.selector.register(channel.sock, events, channel)
        elif registered:
            self.selector.unregister(channel.sock)

    def close(self, channel):
        self.channels.discard(channel)
        self.pending_bytes -= len(channel.outbound)
        if channel.sock in self.selector.get_map():
            self.selector.unregister(channel.sock)
        channel.sock.close()
        self.check_watermarks()


if __name__ == "__main__":
    Reactor(("127.0.0.1", int(os.environ["PORT"]))).run()
