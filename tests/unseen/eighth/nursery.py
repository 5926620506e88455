"""
Bug: all connections are tasks of one nursery, which cancels the others when one fails, and nobody
    catches the error of a client inside its task: one reset ends the connections of all.
Cause: none-of-these
Also: client-error-ends-server, global-error-clears-all
Profile: concurrent
Port: $PORT
"""

from __future__ import annotations

import os
import selectors
import socket
import sys
import time
import types
from collections.abc import Coroutine, Generator
from dataclasses import dataclass, field
from typing import Any


class Cancelled(BaseException):
    """Thrown into a task which has to end."""


@types.coroutine
def wait_until(sock: socket.socket, event: int) -> Generator[tuple[socket.socket, int], None, None]:
    """Suspend the calling task until the socket has the event."""
    yield sock, event


@dataclass
class Nursery:
    """A miniature of structured concurrency: tasks begin together and end together."""

    selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    waiting: dict[Coroutine[Any, Any, None], socket.socket] = field(default_factory=dict)

    def start_soon(self, task: Coroutine[Any, Any, None]) -> None:
        """Run the task up to its first suspension."""
        self._step(task)

    def run(self) -> None:
        """Run all tasks until none is left; an error of one cancels the rest and is raised."""
        try:
            while self.waiting:
                for key, _ in self.selector.select():
                    self._step(key.data)
        except BaseException:
            self._cancel_all()
            raise

    def _step(self, task: Coroutine[Any, Any, None]) -> None:
        before = self.waiting.pop(task, None)
        if before is not None:
            self.selector.unregister(before)
        try:
            sock, event = task.send(None)
        except StopIteration:
            return
        self.waiting[task] = sock
        self.selector.register(sock, event, task)

    def _cancel_all(self) -> None:
        for task, sock in list(self.waiting.items()):
            self.selector.unregister(sock)
            try:
                task.throw(Cancelled())
            except (Cancelled, StopIteration):
                pass
        self.waiting.clear()
        self.selector.close()


async def echo(conn: socket.socket) -> None:
    """Serve one client until it has ended its side."""
    with conn:
        while True:
            await wait_until(conn, selectors.EVENT_READ)
            data = conn.recv(16384)
            if not data:
                return
            view = memoryview(data)
            while view:
                await wait_until(conn, selectors.EVENT_WRITE)
                view = view[conn.send(view) :]


async def accept_clients(listener: socket.socket, nursery: Nursery) -> None:
    """Start a task for each client."""
    while True:
        await wait_until(listener, selectors.EVENT_READ)
        try:
            conn, _ = listener.accept()
        except OSError:
            time.sleep(0.05)
            continue
        conn.setblocking(False)
        nursery.start_soon(echo(conn))


def main() -> None:
    listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=128)
    listener.setblocking(False)
    while True:
        nursery = Nursery()
        nursery.start_soon(accept_clients(listener, nursery))
        try:
            nursery.run()
        except OSError as error:
            print(f"nursery failed ({error}), starting again", file=sys.stderr)


if __name__ == "__main__":
    main()
