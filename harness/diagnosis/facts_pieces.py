"""What came, as pieces of what was sent: which parts came, and in which order."""

from __future__ import annotations

WINDOW = 8
"""Bytes by which a piece is found: random bytes do not stand twice so."""
MOST_PIECES = 500


def pieces(sent: bytes, received: bytes) -> tuple[tuple[int, int], ...] | None:
    """(start in ``sent``, size) of each piece of ``received``, in the order in which they came.

    Each is as long as it can be.  None where a part is no piece of ``sent``, or may be one of
    several, or there are too many.
    """
    found: list[tuple[int, int]] = []
    at = 0
    while at < len(received):
        start = _place(sent, received[at : at + WINDOW], found)
        if start is None or len(found) == MOST_PIECES:
            return None
        size = _common(sent, start, received, at)
        found.append((start, size))
        at += size
    return tuple(found)


def _place(sent: bytes, window: bytes, found: list[tuple[int, int]]) -> int | None:
    """Where ``window`` stands in ``sent``, or the longest part of it that begins it; what has come
    already is not meant again where there is another place."""
    for size in range(len(window), 0, -1):
        places = _places(sent, window[:size])
        free = [p for p in places if not any(s <= p < s + n for s, n in found)]
        if len(free) == 1 or (free and size == len(window)):
            return free[0]
        if places and not free and size == len(window):
            return places[0]
        if len(free) > 1:
            return None
    return None


def _places(sent: bytes, window: bytes) -> list[int]:
    places: list[int] = []
    at = sent.find(window)
    while at >= 0 and len(places) < 3:
        places.append(at)
        at = sent.find(window, at + 1)
    return places


def _common(sent: bytes, start: int, received: bytes, at: int) -> int:
    """How long both are the same from there on."""
    most = min(len(sent) - start, len(received) - at)
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if sent[start : start + middle] == received[at : at + middle]:
            low = middle
        else:
            high = middle - 1
    return low
