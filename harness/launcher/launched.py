"""A process that a warden has launched, and the last of what it wrote.

Part of the warden, this imports nothing but the standard library.
"""

from __future__ import annotations

import heapq
import os
from collections import deque

TYPE_CHECKING = False  # importing typing for it takes longer than all that this process does
if TYPE_CHECKING:
    from harness.launcher.spawning import Spawned

RING = 64 * 1024  # bytes kept of each stream of a target; enough for any traceback
MOST_NOTED = 64 * 1024  # bytes of reports that are kept of each stream
REPORT = 8 * 1024  # bytes kept from a mark on: reports of sanitizers have some 4 KiB
BEFORE = 2000  # bytes before a mark: that of Node stands at the end
TORN = b"[...] "  # in place of the beginning of a line
MARKS = (
    b"Sanitizer: ",
    b": runtime error: ",
    b"WARNING: DATA RACE",
    b"== Invalid ",
    b"== Use of uninit",
    b"== Conditional jump",
    b"== Mismatched free",
    b"== Syscall param",
    b" panicked at ",
    b"panic: ",
    b"fatal error: ",
    b"Exception in ",
    b"Exception ignored in",
    b"xception was never retrieved",
    b"Unhandled exception in ",
    b" call failed.",
    b"ResourceWarning: unclosed",
    b"MaxListenersExceededWarning",
    b"triggerUncaughtException",
    b"Unhandled",
    b"Uncaught ",
    b"Node.js v",
    b"detected ***",
    b"free(): ",
    b"alloc(): ",
    b"double free or",
    b"corrupted ",
)  # of what checkers and languages report; harness.diagnosis.words.reports reads it


class Child:
    """A launched process, and what it and its descendants have written."""

    def __init__(self, process: Spawned) -> None:
        self.pid = process.pid
        self.streams = list(process.streams)
        """The descriptors that are still open."""
        self.rings = {stream: Ring() for stream in self.streams}
        self.notes = {stream: Notes() for stream in self.streams}
        self.chunks = 0
        self._stdin: int | None = process.stdin

    def end_input(self) -> None:
        if self._stdin is not None:
            os.close(self._stdin)
            self._stdin = None

    def keep(self, stream: int, chunk: bytes) -> bool:
        """Keep what came; whether a part of it may be a report of a checker or of an error."""
        self.chunks += 1
        self.rings[stream].keep(self.chunks, chunk)
        return self.notes[stream].take(chunk)

    @property
    def noted(self) -> bytes:
        """All that may be a report, of one stream after the other."""
        return b"\n".join(notes.text for notes in self.notes.values() if notes.text)

    @property
    def written(self) -> bytes:
        """What is left of both streams, in the order in which it came."""
        chunks = heapq.merge(*(ring.chunks for ring in self.rings.values()))
        return b"".join(chunk for _, chunk in chunks)

    @property
    def dropped(self) -> int:
        return sum(ring.dropped for ring in self.rings.values())


class Ring:
    """The last of what came on a stream, in numbered chunks.

    Each stream has its own, so that no chatter on stdout drives a traceback on stderr out.
    """

    def __init__(self) -> None:
        self.chunks: deque[tuple[int, bytes]] = deque()
        self.held = 0
        self.dropped = 0

    def keep(self, number: int, chunk: bytes) -> None:
        self.chunks.append((number, chunk))
        self.held += len(chunk)
        while self.held > RING and len(self.chunks) > 1:
            _, oldest = self.chunks.popleft()
            self.held -= len(oldest)
            self.dropped += len(oldest)


class Notes:
    """Parts of a stream that may be a report: from a mark on, however much follows later."""

    def __init__(self) -> None:
        self.text = b""
        self._left = 0
        self._before = b""
        self._torn = False
        """Whether that does not begin where a line does."""

    def take(self, chunk: bytes) -> bool:
        """Look at what came next; whether some of it was kept."""
        noted = len(self.text)
        while chunk and len(self.text) < MOST_NOTED:
            chunk = self._more(chunk) if self._left else self._begun(chunk)
        return len(self.text) > noted

    def _more(self, chunk: bytes) -> bytes:
        """Keep what belongs to the report; the rest.  A mark in it makes it longer."""
        part = chunk[: self._left]
        last = max(part.rfind(mark) for mark in MARKS)
        size = max(self._left, last + REPORT) if last >= 0 else self._left
        size = chunk.find(b"\n", size - 1, size + BEFORE) + 1 or size  # the whole line, too
        self._left = max(0, size - len(chunk))
        self.text += chunk[:size]
        self._torn = not self.text.endswith(b"\n")
        return chunk[size:]

    def _begun(self, chunk: bytes) -> bytes:
        """Look for a mark; what is to be kept and looked at from there on."""
        text = self._before + chunk
        found = [at for at in map(text.find, MARKS) if at >= 0]
        if not found:
            self._remember(text)
            return b""
        start, torn = max(0, min(found) - BEFORE), self._torn
        if start:
            line = text.find(b"\n", start, min(found)) + 1
            start, torn = line or min(found), not line
        self._left, self._before, self._torn = min(found) - start + REPORT, b"", False
        if self.text:
            self.text += b"\n"
        if torn:  # a word in the middle of a line is not one that a line begins with
            self.text += TORN
        return text[start:]

    def _remember(self, text: bytes) -> None:
        """Keep what may belong to a report that begins behind ``text``."""
        self._before, whole = text[-BEFORE:], len(text) <= BEFORE
        self._torn = whole and self._torn
        if not whole:
            line = self._before.find(b"\n") + 1
            self._before, self._torn = self._before[line:], not line
