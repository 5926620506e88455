"""A process that a warden has launched, and the last of what it wrote.

Part of the warden, this imports nothing but the standard library.
"""

from __future__ import annotations

import heapq
from collections import deque

TYPE_CHECKING = False  # importing typing for it takes longer than all that this process does
if TYPE_CHECKING:
    import subprocess
    from typing import IO

RING = 64 * 1024  # bytes kept of each stream of a target; enough for any traceback


class Child:
    """A launched process, and what it and its descendants have written."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        assert process.stderr is not None
        self.process = process
        self.streams = (process.stdout, process.stderr)
        self.rings = {stream: Ring() for stream in self.streams}
        self.chunks = 0

    def end_input(self) -> None:
        if self.process.stdin is not None:
            self.process.stdin.close()

    def keep(self, stream: IO[bytes], chunk: bytes) -> None:
        self.chunks += 1
        self.rings[stream].keep(self.chunks, chunk)

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
