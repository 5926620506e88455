"""
Bug: sendall() is used with a non-blocking socket; when the client does not read fast enough it
    raises BlockingIOError after a part, and this is handled like every other error: the connection
    is closed.
Cause: would-block-closes
Also: gives-up-on-slow-reader
Profile: concurrent
Port: $PORT
"""

import logging
import os
import select
import socket
import time

logger = logging.getLogger(__name__)


class Reactor:
    """A small epoll loop that maps descriptors to callbacks."""

    def __init__(self):
        self._epoll = select.epoll()
        self._callbacks = {}

    def add(self, sock, callback):
        self._callbacks[sock.fileno()] = callback
        self._epoll.register(sock.fileno(), select.EPOLLIN)

    def remove(self, sock):
        self._epoll.unregister(sock.fileno())
        del self._callbacks[sock.fileno()]

    def run(self):
        while True:
            for fd, _ in self._epoll.poll():
                callback = self._callbacks.get(fd)
                if callback is not None:
                    callback()


class Connection:
    def __init__(self, reactor, sock, peer):
        self.reactor = reactor
        self.sock = sock
        self.peer = peer
        sock.setblocking(False)
        reactor.add(sock, self.on_data)

    def on_data(self):
        try:
            data = self.sock.recv(65536)
            if not data:
                self.close("end of stream")
                return
            self.sock.sendall(data)
        except OSError as error:
            self.close(str(error))

    def close(self, reason):
        logger.info("%s closed: %s", self.peer, reason)
        self.reactor.remove(self.sock)
        self.sock.close()


class Listener:
    def __init__(self, reactor, address):
        self.reactor = reactor
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.sock.bind(address)
        self.sock.listen(512)
        self.sock.setblocking(False)
        reactor.add(self.sock, self.on_connection)

    def on_connection(self):
        try:
            sock, peer = self.sock.accept()
        except BlockingIOError:
            return
        except OSError as error:
            logger.info("accept: %s", error)
            time.sleep(0.02)
            return
        Connection(self.reactor, sock, peer)


if __name__ == "__main__":
    reactor = Reactor()
    Listener(reactor, ("127.0.0.1", int(os.environ["PORT"])))
    try:
        reactor.run()
    except KeyboardInterrupt:
        pass
