"""Bug: close() of the stream calls shutdown() first; after a reset that raises ENOTCONN, which
    comes from the handler of the error itself and ends the loop.
Cause: crash-on-reset, client-error-ends-server
Also: crash
Beside: spins-at-accept
Profile: concurrent
Port: $PORT
"""

import logging
import os
import selectors
import socket
import sys

log = logging.getLogger("echo")


class Stream:
    """A socket that does not block, with what waits to be sent."""

    max_buffered = 128 * 1024

    def __init__(self, sock, peer):
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = sock
        self.peer = peer
        self.closed_by_peer = False
        self._buffered = bytearray()

    def fileno(self):
        return self.sock.fileno()

    def read(self):
        """What there is; b"" at the end, None if there is nothing now."""
        try:
            data = self.sock.recv(16 * 1024)
        except (BlockingIOError, InterruptedError):
            return None
        if not data:
            self.closed_by_peer = True
        return data

    def write(self, data):
        self._buffered += data

    def flush(self):
        try:
            while self._buffered:
                del self._buffered[: self.sock.send(self._buffered)]
        except (BlockingIOError, InterruptedError):
            pass

    def close(self):
        self.sock.shutdown(socket.SHUT_RDWR)
        self.sock.close()

    @property
    def finished(self):
        return self.closed_by_peer and not self._buffered

    @property
    def events(self):
        wanted = selectors.EVENT_WRITE if self._buffered else 0
        if not self.closed_by_peer and len(self._buffered) < self.max_buffered:
            wanted |= selectors.EVENT_READ
        return wanted


class StreamServer:
    def __init__(self, host, port):
        self.selector = selectors.DefaultSelector()
        self.listener = socket.create_server((host, port), backlog=200)
        self.listener.setblocking(False)
        self.selector.register(self.listener, selectors.EVENT_READ)

    def handle(self, stream, mask):
        if mask & selectors.EVENT_READ:
            data = stream.read()
            if data:
                stream.write(data)
        stream.flush()

    def accept(self):
        try:
            sock, peer = self.listener.accept()
            stream = Stream(sock, peer)
        except OSError as error:
            log.warning("accept failed: %s", error)
            return
        self.selector.register(stream, selectors.EVENT_READ)

    def drop(self, stream):
        self.selector.unregister(stream)
        stream.close()

    def run(self):
        while True:
            for key, mask in self.selector.select():
                stream = key.fileobj
                if stream is self.listener:
                    self.accept()
                    continue
                try:
                    self.handle(stream, mask)
                except ConnectionError as error:
                    log.info("%s: %s", stream.peer, error)
                    self.drop(stream)
                    continue
                if stream.finished:
                    self.drop(stream)
                else:
                    self.selector.modify(stream, stream.events)


def main():
    logging.basicConfig(level=logging.ERROR, stream=sys.stdout)
    StreamServer("127.0.0.1", int(os.environ["PORT"])).run()


if __name__ == "__main__":
    main()
