"""Looking again and again at what nobody announces."""

from __future__ import annotations

LOOK_EVERY = 0.005
"""Seconds between two looks at a state that nobody announces (asleep, quiet, released)."""
ROOM_EVERY = 0.002
"""The same for room in a full backlog, which most servers make at once."""


def held_since(memory: object, state: object, now: float) -> tuple[object, float]:
    """Since when ``state`` has been the same; ``memory`` is the first value returned the last time.

    Returns what to remember, and the time.
    """
    if isinstance(memory, tuple) and memory[0] == state:
        return memory, memory[1]
    return (state, now), now


def look_again_at(until: float, now: float) -> float:
    """When to look again at a state that should hold ``until`` then."""
    return min(until, now + 4 * LOOK_EVERY)
