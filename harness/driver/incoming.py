"""What comes in: how much to read and when, and the bytes compared as they arrive."""

from __future__ import annotations

from harness.driver.actions import Bytes
from harness.driver.chain import Stream, piece_of
from harness.values.plan import StartReading
from harness.values.trace import SURPLUS_KEPT

READ_SIZE = 256 * 1024
"""Bytes to read at a time; more gains nothing on loopback and costs cache."""
READ_LEAST = 16 * 1024
USUAL = (READ_LEAST, 4)
"""How much is read at a time, and how many times in a row, so that others have their turn."""
FIRST_INTERVAL = 0.25
"""Seconds until a segment without an answer is sent again: Linux takes 0.2, and may be late."""


class Incoming:
    """What has come, compared with what was sent by then."""

    received = echoed = 0
    clean = True
    """Every byte so far was the expected one."""
    first_byte: float | None = None
    """Seconds into the plan."""
    surplus: bytes | bytearray = b""
    """What came from the first difference on, as far as it is kept."""

    def take(self, data: Bytes, stream: Stream, written: int) -> None:
        """``data`` came when ``written`` bytes of ``stream`` had been sent.  It is not kept."""
        start = self.received
        self.received = end = start + len(data)
        if self.clean:
            if end <= written and stream.startswith(data, start):
                self.echoed = end
                return
            data = bytes(data)
            same = common_prefix(data, bytes(piece_of(stream, start, min(written, end))))
            self.echoed = start + same
            self.clean = False
            data = data[same:]
            self.surplus = bytearray()
        room = SURPLUS_KEPT - len(self.surplus)
        if room > 0:
            self.surplus += data[:room]

    def endless(self, written: int) -> bool:
        """Whether the target sends on and on, far more than it was given: there is nothing to wait
        for, though bytes move all the time."""
        return len(self.surplus) == SURPLUS_KEPT and self.received > written + SURPLUS_KEPT


class Reading:
    """When to read, and how much: as it comes, unless the script says otherwise."""

    usual = True
    """It is read as it comes: neither stopped nor at a pace."""
    on = True
    pace: StartReading | None = None
    not_before = 0.0
    target = 0
    """While reading is stopped: read on until so many bytes were received."""
    bite = (0, 0)
    """While the target takes what is left: what that was, and how much was read for it."""
    stopped_at = 0.0
    backed_off = 0.0
    """Seconds that a peer which was held up may go on to be silent when reading is taken up."""
    held_back = 0
    """Bytes received by then or waiting in our own buffer: more shows that the peer goes on."""

    def stop(self, now: float) -> None:
        """Read no more until somebody says so."""
        if self.on:
            self.stopped_at = now
        self.on = self.usual = False

    def was_held_up(self, now: float, held_back: int) -> None:
        """Reading is taken up again: note for how long the peer may have been held up.

        A segment that found no room in our buffer is sent again at intervals that double (RFC 6298,
        section 5.5): after a time without room, about as long may pass until the next one.
        """
        self.backed_off = now - self.stopped_at + FIRST_INTERVAL
        self.held_back = held_back

    def start(self, step: StartReading, received: int) -> None:
        """Read as ``step`` says."""
        self.on = True
        self.pace = step if step.chunk is not None or step.gap > 0 else None
        self.usual = self.pace is None
        self.not_before = 0.0
        self.target = received + step.limit if step.limit else 0

    def to_the_end(self) -> None:
        """Read all that comes, as fast as it does."""
        self.on = self.usual = True
        self.pace = None
        self.not_before = 0.0

    def portion(self, owed: int, received: int) -> tuple[int, int]:
        """Bytes to read at a time, and how many times in a row.  ``owed``: bytes missing."""
        size, rounds = USUAL
        if owed >= READ_LEAST:
            size = min(READ_SIZE, owed + 1)
        if self.pace is not None:
            size, rounds = self.pace.chunk or READ_SIZE, 1
        if not self.on:
            size = max(1, min(size, self.target - received))
        return size, rounds

    def next_bite(self, left: int, most: int) -> int:
        """How much to read, at ``most``, so that a target can take the ``left`` bytes that wait.

        It takes about as much as it gets rid of: half of what is left never goes too far.  Its
        system wakes it only when a good part of the send buffer is free, so bites that move nothing
        grow.
        """
        bite = max(most // 8, left // 2)
        if self.bite[0] == left:
            bite = max(bite, self.bite[1] * 3 // 2)
        self.bite = (left, min(bite, most))
        return self.bite[1]

    def keep_pace(self, now: float, received: int) -> None:
        """Something was read: wait for the gap, or be done with slow reading."""
        if self.pace is None:
            return
        if self.pace.limit is not None and received >= self.target:
            self.pace = None
            self.usual = self.on
        elif self.pace.gap:
            self.not_before = now + self.pace.gap

    def resends_in(self, received: int) -> float:
        """Seconds that the peer's system may need to go on, though the target did all it should."""
        return self.backed_off if received <= self.held_back else 0.0


def common_prefix(one: bytes, other: bytes) -> int:
    """The length of the longest common prefix, in O(n) comparisons done by memcmp."""
    low, high = 0, min(len(one), len(other))
    if one[:high] == other[:high]:
        return high
    while high - low > 1:
        middle = (low + high) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle
    return low
