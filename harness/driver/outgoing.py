"""What goes out: messages with their cuts and gaps, and when the next piece is due."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from harness.driver.actions import Bytes
from harness.driver.chain import Stream, piece_of, stream_of
from harness.values.plan import HalfClose, Script, Send, Step, size_of


class Writing:
    """A ``Send`` under way: ``view`` is what it means to write."""

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

    def waits_until(self, now: float, owed: bool) -> float:
        """When the next piece is due if nothing comes: 0 if it is.  ``owed``: not all is echoed."""
        if self.cut_end > self.pos:
            return 0.0
        if self.not_before > now:
            return self.not_before
        return self.lockstep_until if owed and self.lockstep_until > now else 0.0

    def piece(self) -> memoryview:
        """The rest of the cut that is under way, or the next cut."""
        if self.cut_end == self.pos:
            size = len(self.view)
            if self.cuts:
                size = self.cuts[self.turn % len(self.cuts)]
                self.turn += 1
            self.cut_end = min(self.pos + size, len(self.view))
        return self.view[self.pos : self.cut_end]


NOTHING: deque[Writing] = deque()
"""It stays empty: most conversations never need a queue of their own."""


class Outgoing:
    """The sending direction of a conversation."""

    stream: Stream = b""
    """Everything that the script means to write; made when it connects."""
    queued = 0
    """Bytes of it that the script has come to."""
    written = 0
    """Bytes of it that the system took."""
    written_off = 0
    """Bytes that are no longer waited for; less than 0: so many came too much."""
    blocked = False
    """The system takes no more at the moment."""
    end_follows = False
    """Our side ends when the last byte is written..."""
    end_due = False
    """...which is now."""
    half_closed = False
    queue = NOTHING
    """What the script has come to and the system has not taken."""

    def begin(self, script: Script) -> Stream:
        """Make ready what ``script`` means to write, and return it."""
        self.stream = stream_of(script)
        return self.stream

    def next_message(self, size: int) -> memoryview:
        """The next ``size`` bytes of the stream, to which the script has come."""
        start = self.queued
        self.queued += size
        return piece_of(self.stream, start, self.queued)

    def add(self, step: Send, view: memoryview, now: float) -> None:
        """``view`` of the message of ``step`` is still to be written."""
        if not view:
            return
        if not self.queue:
            self.queue = deque()
        self.queue.append(Writing(step, view, now))

    def piece(self, now: float, received: int) -> memoryview | None:
        """What is to be written now; None when cuts, gaps or lockstep hold it back."""
        writing = self.queue[0]
        if writing.waits_until(now, received < self.written):
            return None
        return writing.piece()

    def took(self, count: int, now: float) -> None:
        """The system took ``count`` bytes of the last piece; 0: it takes none at the moment."""
        if not count:
            self.blocked = True
            return
        self.written += count
        writing = self.queue[0]
        writing.pos += count
        if writing.pos == writing.cut_end and writing.gap:
            writing.not_before = now + writing.gap
        if writing.pos == len(writing.view):
            self.queue.popleft()
            self.end_due = self.end_follows and not self.queue

    def waits_until(self, now: float, received: int) -> float:
        """When the next piece is due; 0 if nothing waits for a time."""
        if self.blocked or not self.queue:
            return 0.0
        return self.queue[0].waits_until(now, received < self.written)

    def clear(self) -> None:
        """Nothing more is to be written."""
        if self.queue:
            self.queue.clear()
        self.blocked = self.end_due = False


def follows(steps: Sequence[Step], stream: Stream) -> tuple[Bytes, bool]:
    """What ``steps`` do at once when they come right after the connect, by which most sessions
    begin: the first bytes of ``stream`` that they write, and whether they end our side then."""
    first: Bytes = b""
    if steps and type(send := steps[0]) is Send:
        size = size_of(send.payload)
        if not size or send.cuts or send.lockstep:
            return b"", False
        if isinstance(stream, bytes) and size == len(stream):
            first = stream
        else:
            first = piece_of(stream, 0, size)
        steps = steps[1:]
    return first, bool(steps) and type(steps[0]) is HalfClose
