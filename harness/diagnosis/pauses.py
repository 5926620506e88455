"""How long a connection paused, and was silent before its end."""

from __future__ import annotations

from itertools import pairwise

from harness.values.trace import ScriptTrace

MOVES = ("connected", "sent", "received")


def longest_pause(seen: ScriptTrace) -> float:
    """The longest time, in seconds, in which no byte went either way, up to the end."""
    moves = sorted((m.at, m.until or m.at) for m in seen.timeline if m.what in MOVES)
    if seen.ended is not None:
        moves.append((seen.ended, seen.ended))
    reached, longest = moves[0][1] if moves else 0.0, 0.0
    for (_, until), (at, _) in pairwise(moves):
        reached = max(reached, until)
        longest = max(longest, at - reached)
    return longest


def silence_at_end(seen: ScriptTrace) -> float:
    """Seconds between the last byte, either way, and the end; 0 of a connection that is open."""
    moved = [m.until or m.at for m in seen.timeline if m.what in MOVES]
    return seen.ended - max(moved) if seen.ended is not None and moved else 0.0
