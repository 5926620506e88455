"""
Bug: the listener is edge-triggered, and at most eight clients are accepted for each event, so that
    others get their turn: when more come at once, the rest waits until somebody connects later.
Cause: wakeup-accepts-one
Profile: concurrent
Port: $PORT
"""

import errno
import os
import select
import socket
import time

ACCEPTS_PER_EVENT = 8
READ_SIZE = 32 * 1024
BUFFER_LIMIT = 4 * READ_SIZE


class Listener:
    def __init__(self, driver, address):
        self.driver = driver
        self.sock = socket.create_server(address, backlog=512)
        self.sock.setblocking(False)
        driver.add(self.sock.fileno(), select.EPOLLIN | select.EPOLLET, self)

    def on_event(self, events):
        # A flood of new connections must not starve the established ones.
        for _ in range(ACCEPTS_PER_EVENT):
            try:
                sock, _ = self.sock.accept()
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno in (errno.EMFILE, errno.ENFILE):
                    self.driver.later(0.1, self)
                    return
                continue
            sock.setblocking(False)
            Stream(self.driver, sock)


class Stream:
    def __init__(self, driver, sock):
        self.driver = driver
        self.sock = sock
        self.output = bytearray()
        self.at_end = False
        driver.add(sock.fileno(), select.EPOLLIN, self)

    def on_event(self, events):
        try:
            if events & (select.EPOLLIN | select.EPOLLHUP) and self.wants_input():
                self.feed(self.sock.recv(READ_SIZE))
            if self.output:
                count = self.sock.send(self.output)
                del self.output[:count]
        except (BlockingIOError, InterruptedError):
            pass
        except OSError:
            self.close()
            return
        if self.at_end and not self.output:
            self.close()
            return
        mask = select.EPOLLIN if self.wants_input() else 0
        if self.output:
            mask |= select.EPOLLOUT
        self.driver.poller.modify(self.sock.fileno(), mask)

    def feed(self, data):
        if data:
            self.output += data
        else:
            self.at_end = True

    def wants_input(self):
        return not self.at_end and len(self.output) < BUFFER_LIMIT

    def close(self):
        self.driver.remove(self.sock.fileno())
        self.sock.close()


class Driver:
    def __init__(self):
        self.poller = select.epoll()
        self.sources = {}
        self.retries = []

    def add(self, fd, mask, source):
        self.sources[fd] = source
        self.poller.register(fd, mask)

    def remove(self, fd):
        self.poller.unregister(fd)
        del self.sources[fd]

    def later(self, delay, source):
        self.retries.append((time.monotonic() + delay, source))

    def run(self):
        while True:
            for fd, events in self.poller.poll(0.1 if self.retries else None):
                source = self.sources.get(fd)
                if source is not None:
                    source.on_event(events)
            now = time.monotonic()
            due = [source for when, source in self.retries if when <= now]
            self.retries = [entry for entry in self.retries if entry[0] > now]
            for source in due:
                source.on_event(select.EPOLLIN)


if __name__ == "__main__":
    driver = Driver()
    Listener(driver, ("127.0.0.1", int(os.environ["PORT"])))
    driver.run()
