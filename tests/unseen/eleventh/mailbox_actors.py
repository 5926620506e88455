"""Bug: an actor is put into the queue of the workers for each message, also when a worker has it in
    its hands already; two workers take messages of one connection, and send them in any order.
Cause: answers-overtake
Also: queue-order
Beside: spins-at-accept
Profile: concurrent
Port: $PORT
"""

import os
import queue
import selectors
import socket
import threading
from collections import deque

END = object()
MAILBOX_LIMIT = 32
WORKERS = 8


class Actor:
    """Owns one connection; its messages are what was read from it."""

    def __init__(self, system: "ActorSystem", sock: socket.socket) -> None:
        self.system = system
        self.sock = sock
        self.mailbox: deque = deque()
        self.lock = threading.Lock()
        self.ended = False
        self.blocked = False
        self.stopped = False

    def tell(self, message) -> None:
        with self.lock:
            self.mailbox.append(message)
        self.system.schedule(self)

    def process_next(self) -> None:
        with self.lock:
            if self.blocked or self.stopped or not self.mailbox:
                return
            message = self.mailbox.popleft()
        if message is END:
            self.stop()
        else:
            self.on_data(message)
        self.system.poke(self)

    def on_data(self, data: bytes) -> None:
        try:
            sent = self.sock.send(data)
        except (BlockingIOError, InterruptedError):
            sent = 0
        except OSError:
            self.stop()
            return
        if sent < len(data):
            with self.lock:
                self.mailbox.appendleft(data[sent:])
                self.blocked = True

    def unblock(self) -> None:
        with self.lock:
            self.blocked = False
            waiting = len(self.mailbox)
        for _ in range(waiting):
            self.system.schedule(self)

    def stop(self) -> None:
        with self.lock:
            self.stopped = True
            self.mailbox.clear()

    def interest(self) -> int:
        events = 0
        with self.lock:
            if not self.ended and len(self.mailbox) < MAILBOX_LIMIT:
                events |= selectors.EVENT_READ
            if self.blocked:
                events |= selectors.EVENT_WRITE
        return events


class ActorSystem:
    def __init__(self, port: int) -> None:
        self.run_queue: queue.SimpleQueue = queue.SimpleQueue()
        self.pokes: deque[Actor] = deque()
        self.selector = selectors.DefaultSelector()
        self.wake_r, self.wake_w = socket.socketpair()
        self.wake_r.setblocking(False)
        self.wake_w.setblocking(False)
        self.listener = socket.create_server(("127.0.0.1", port), backlog=256)
        self.listener.setblocking(False)
        self.selector.register(self.wake_r, selectors.EVENT_READ)
        self.selector.register(self.listener, selectors.EVENT_READ)

    def schedule(self, actor: Actor) -> None:
        self.run_queue.put(actor)

    def poke(self, actor: Actor) -> None:
        """Let the loop look again at what it waits for. For every thread."""
        self.pokes.append(actor)
        try:
            self.wake_w.send(b"!")
        except BlockingIOError:
            pass

    def worker(self) -> None:
        while True:
            self.run_queue.get().process_next()

    def refresh(self, actor: Actor) -> None:
        known = actor.sock.fileno() >= 0 and actor.sock in self.selector.get_map()
        if actor.stopped:
            if known:
                self.selector.unregister(actor.sock)
            actor.sock.close()
            return
        events = actor.interest()
        if known and events:
            self.selector.modify(actor.sock, events, actor)
        elif known:
            self.selector.unregister(actor.sock)
        elif events:
            self.selector.register(actor.sock, events, actor)

    def on_readable(self, actor: Actor) -> None:
        try:
            data = actor.sock.recv(16384)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            actor.stop()
            return
        actor.ended = not data
        actor.tell(data or END)

    def on_acceptable(self) -> None:
        try:
            sock, _ = self.listener.accept()
        except OSError:
            return
        sock.setblocking(False)
        self.refresh(Actor(self, sock))

    def run(self) -> None:
        for _ in range(WORKERS):
            threading.Thread(target=self.worker, daemon=True).start()
        while True:
            for key, mask in self.selector.select():
                if key.fileobj is self.listener:
                    self.on_acceptable()
                elif key.fileobj is self.wake_r:
                    self.wake_r.recv(4096)
                else:
                    if mask & selectors.EVENT_WRITE:
                        key.data.unblock()
                    if mask & selectors.EVENT_READ:
                        self.on_readable(key.data)
                    self.refresh(key.data)
            while self.pokes:
                self.refresh(self.pokes.popleft())


if __name__ == "__main__":
    ActorSystem(int(os.environ["PORT"])).run()
