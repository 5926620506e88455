"""A stream of many messages that is too long to be copied into one piece of memory.

Where a message comes again and again, as in a stream of a gibibyte, all of them are the same bytes
object, so the chain takes no more memory than one of them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate

from harness.driver.actions import Bytes
from harness.values.plan import Script, Send, materialise, sent_by, size_of

LONG = 64 * 1024 * 1024
"""Bytes of a stream from which it is no longer copied."""


class Chain:
    """``parts`` in a row, which are read like one bytes object."""

    __slots__ = ("_begins", "_parts", "_size")

    def __init__(self, parts: Sequence[bytes]) -> None:
        self._parts = [part for part in parts if part]
        *self._begins, self._size = accumulate(map(len, self._parts), initial=0)

    def __len__(self) -> int:
        return self._size

    def piece(self, start: int, end: int) -> memoryview:
        """The bytes from ``start`` to ``end``, copied only where they lie in several parts."""
        pieces = [memoryview(part)[a:b] for part, a, b in self._ranges(start, end)]
        return pieces[0] if len(pieces) == 1 else memoryview(b"".join(pieces))

    def startswith(self, data: Bytes, start: int) -> bool:
        """Whether ``data`` stands at ``start``."""
        if start + len(data) > self._size:
            return False
        rest = memoryview(data)
        for part, begin, end in self._ranges(start, start + len(data)):
            if not part.startswith(rest[: end - begin], begin):
                return False
            rest = rest[end - begin :]
        return True

    def _ranges(self, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
        """The parts that have the bytes from ``start`` to ``end``: each with where in it."""
        number = bisect_right(self._begins, start) - 1
        while start < min(end, self._size):
            part, begin = self._parts[number], self._begins[number]
            yield part, start - begin, min(end - begin, len(part))
            start = begin + len(part)
            number += 1


Stream = bytes | Chain
"""Everything that a script means to write."""


def stream_of(script: Script) -> Stream:
    """What ``script`` means to write, in order."""
    payloads = [step.payload for step in script.steps if type(step) is Send]
    if len(payloads) < 2 or sum(map(size_of, payloads)) <= LONG:
        return sent_by(script)
    made = {payload: materialise(payload) for payload in payloads}  # each is held once
    return Chain([made[payload] for payload in payloads])


def piece_of(stream: Stream, start: int, end: int) -> memoryview:
    """The bytes of ``stream`` from ``start`` to ``end``, which are not copied if that can be."""
    if isinstance(stream, Chain):
        return stream.piece(start, end)
    return memoryview(stream)[start:end]
