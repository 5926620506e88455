"""What goes out: messages with their cuts and gaps, and when the next piece is due."""

from __future__ import annotations

import errno
import socket
from typing import TYPE_CHECKING

from harness.driver import reading
from harness.values.plan import Send, size_of

if TYPE_CHECKING:
    from harness.driver.client import Client

ONE_SEGMENT = 536
"""Bytes that go out in one segment on every path (RFC 9293, section 3.7.1)."""


class Writing:
    """A ``Send`` under way."""

    __slots__ = ("cut_end", "cuts", "gap", "lockstep_until", "not_before", "pos", "turn", "view")

    def __init__(self, step: Send, view: memoryview, now: float) -> None:
        self.view = view
        self.pos = 0
        self.cuts = step.cuts
        self.turn = 0
        self.cut_end = 0
        self.gap = step.gap
        self.not_before = 0.0
        self.lockstep_until = now + step.lockstep if step.lockstep else 0.0

    @property
    def holds_back_until(self) -> float:
        """When it goes on, whether anything has come back by then or not."""
        return max(self.not_before, self.lockstep_until)

    def next_cut(self) -> None:
        size = len(self.view)
        if self.cuts:
            size = self.cuts[self.turn % len(self.cuts)]
            self.turn += 1
        self.cut_end = min(self.pos + size, len(self.view))


def start(client: Client, step: Send) -> None:
    """Queue the payload of ``step`` and write what can be written at once."""
    size = size_of(step.payload)
    view = memoryview(client.expected)[client.queued : client.queued + size]
    client.queued += size
    if client.connected and not (client.writings or step.cuts or step.lockstep):
        # An ordinary message, of which the socket mostly takes all at once.
        view = view[_sent(client, view) :]
        if not view or client.error:
            return
    client.writings.append(Writing(step, view, client.loop.now))
    write(client)
    client.want()


def _sent(client: Client, view: memoryview) -> int:
    """Write ``view``; how many bytes the socket took, 0 also when it failed."""
    if not view or client.sock is None:
        return 0
    if not client.at_once and (client.written or len(view) > ONE_SEGMENT):
        # Where there is more than one segment, Nagle's algorithm would wait for an ACK.
        client.at_once = True
        client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        count = client.sock.send(view)
    except BlockingIOError:
        return 0
    except OSError as error:
        failed(client, error)
        return 0
    client.written += count
    if (absorbed := client.written - client.received) > client.absorbed:
        client.absorbed = absorbed
    if client.timeline is not None:
        client.note("sent", count)
    client.loop.moved = client.loop.now
    return count


def is_due(client: Client, now: float) -> bool:
    """Whether the next write waits for nothing but the socket."""
    writing = client.writings[0]
    if writing.cut_end > writing.pos:
        return True
    if writing.not_before > now:
        return False
    return not (writing.lockstep_until > now and client.received < client.written)


def write(client: Client) -> None:
    """Write as much as cuts, gaps, lockstep and the socket allow."""
    loop = client.loop
    while client.writings and client.sock is not None and client.connected and client.open:
        writing = client.writings[0]
        if writing.pos == len(writing.view):
            client.writings.popleft()
            if client.half_close_follows and not client.writings:
                client.half_close()
            continue
        if writing.cut_end == writing.pos:
            if not is_due(client, loop.now):
                wake = max(writing.not_before, 0.0)
                if writing.lockstep_until > loop.now and wake <= loop.now:
                    wake = writing.lockstep_until
                loop.wake_at(wake, client)
                return
            writing.next_cut()
        count = _sent(client, writing.view[writing.pos : writing.cut_end])
        if not count:
            return
        writing.pos += count
        if writing.pos == writing.cut_end and writing.gap:
            writing.not_before = loop.now + writing.gap


def failed(client: Client, error: OSError) -> None:
    """The target no longer takes data.  What it still has to say is read to the end."""
    client.writings.clear()
    client.error = errno.errorcode.get(error.errno or 0, str(error))
    client.note(f"write failed: {client.error}")
    client.reading = True
    client.pace = None
    client.read_not_before = 0.0
    reading.read(client)
