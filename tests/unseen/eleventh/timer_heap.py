"""Bug: a timer that was cancelled stays in the heap until its time has come, ten minutes later, and
    with it the connection and its buffer: memory grows with each message and each client.
Cause: memory-leak
Beside: spins-at-accept
Profile: concurrent
Port: $PORT
"""

import heapq
import itertools
import os
import selectors
import socket
import time

IDLE_AFTER = 600.0
BUFFER_SIZE = 64 * 1024


class Timer:
    __slots__ = ("callback", "cancelled", "when")

    def __init__(self, when, callback):
        self.when = when
        self.callback = callback
        self.cancelled = False

    def cancel(self):
        self.cancelled = True


class TimerHeap:
    def __init__(self):
        self._heap = []
        self._order = itertools.count()

    def call_later(self, delay, callback):
        timer = Timer(time.monotonic() + delay, callback)
        heapq.heappush(self._heap, (timer.when, next(self._order), timer))
        return timer

    def timeout(self):
        """Seconds until the first timer, or None."""
        if not self._heap:
            return None
        return max(0.0, self._heap[0][0] - time.monotonic())

    def run_due(self):
        now = time.monotonic()
        while self._heap and self._heap[0][0] <= now:
            timer = heapq.heappop(self._heap)[2]
            if not timer.cancelled:
                timer.callback()


class Connection:
    """Echoes; when it was idle for long it gives its buffer back until there is work."""

    def __init__(self, loop, sock):
        self.loop = loop
        self.sock = sock
        self.buffer = bytearray(BUFFER_SIZE)
        self.start = self.end = 0
        self.idle_timer = None
        self.touch()

    def touch(self):
        if self.idle_timer is not None:
            self.idle_timer.cancel()
        self.idle_timer = self.loop.timers.call_later(IDLE_AFTER, self.shrink)

    def shrink(self):
        if self.start == self.end:
            self.buffer = bytearray()

    def on_event(self, mask):
        try:
            if mask & selectors.EVENT_READ:
                if not self.buffer:
                    self.buffer = bytearray(BUFFER_SIZE)
                self.start, self.end = 0, self.sock.recv_into(self.buffer)
                if self.end == 0:
                    self.close()
                    return
                self.touch()
            with memoryview(self.buffer) as view:
                self.start += self.sock.send(view[self.start : self.end])
        except (BlockingIOError, InterruptedError):
            pass
        except OSError:
            self.close()
            return
        waiting = self.start < self.end
        wanted = selectors.EVENT_WRITE if waiting else selectors.EVENT_READ
        self.loop.selector.modify(self.sock, wanted, self.on_event)

    def close(self):
        self.idle_timer.cancel()
        self.loop.selector.unregister(self.sock)
        self.sock.close()


class Loop:
    def __init__(self, port):
        self.timers = TimerHeap()
        self.selector = selectors.DefaultSelector()
        self.listener = socket.create_server(("127.0.0.1", port), backlog=256)
        self.listener.setblocking(False)
        self.selector.register(self.listener, selectors.EVENT_READ, self.on_accept)

    def on_accept(self, _mask):
        try:
            sock, _ = self.listener.accept()
        except OSError:
            return
        sock.setblocking(False)
        connection = Connection(self, sock)
        self.selector.register(sock, selectors.EVENT_READ, connection.on_event)

    def run(self):
        while True:
            for key, mask in self.selector.select(self.timers.timeout()):
                key.data(mask)
            self.timers.run_due()


if __name__ == "__main__":
    Loop(int(os.environ["PORT"])).run()
