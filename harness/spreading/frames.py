"""Frames on a pipe: four bytes of length, then so many bytes."""

from __future__ import annotations

import os

from harness.errors import HarnessFault
from harness.spreading.tasks import LARGEST

HEAD = 4
BLOCK = 1 << 18


def framed(data: bytes) -> bytes:
    """``data`` with its length before it."""
    return len(data).to_bytes(HEAD, "big") + data


class Frames:
    """Takes what comes, in whatever pieces, and gives whole frames.

    Raises HarnessFault for a length that nobody would send: the other side is not ours any more.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()

    @property
    def missing(self) -> int:
        """Bytes that complete the frame, or the length of the next one: no more need be read."""
        if len(self._buffer) < HEAD:
            return HEAD - len(self._buffer)
        return HEAD + int.from_bytes(self._buffer[:HEAD], "big") - len(self._buffer)

    def feed(self, data: bytes) -> list[bytes]:
        """The frames that ``data`` completes."""
        self._buffer += data
        found = []
        while len(self._buffer) >= HEAD:
            size = int.from_bytes(self._buffer[:HEAD], "big")
            if size > LARGEST:
                raise HarnessFault(f"a frame of {size:,} bytes was announced")
            if len(self._buffer) < HEAD + size:
                break
            found.append(bytes(self._buffer[HEAD : HEAD + size]))
            del self._buffer[: HEAD + size]
        return found


def read(fd: int) -> bytes | None:
    """The next frame of ``fd``, which blocks; None at its end."""
    frames = Frames()
    while data := os.read(fd, min(BLOCK, frames.missing)):
        if found := frames.feed(data):
            return found[0]
    return None


def write(fd: int, data: bytes) -> None:
    """Write a frame to ``fd``, which blocks."""
    left = memoryview(framed(data))
    while left:
        left = left[os.write(fd, left) :]
