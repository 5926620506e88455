"""The target's own words: the exceptions that its output tells, and where they were raised.

Pure: from text to values.  The text may begin in the middle of a report, since only the last
lines of an output are kept.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from harness.diagnosis.words import compiled, native, node, python
from harness.diagnosis.words.explained import explained
from harness.diagnosis.words.raised import Frame, Raised

__all__ = ["Frame", "Raised", "at", "explained", "most_telling", "told"]

READERS = (
    node.read,
    compiled.read_java,
    python.read,
    compiled.read_rust,
    compiled.read_go,
    native.read_native,
    native.read_ruby,
    native.read_perl,
    native.read_plain,
)
"""The strictest first.  Each gets all lines and the number of one, and reads a report that begins
there, or passes."""
MOST_LINES = 1000
ASKED_FOR = ("KeyboardInterrupt", "SystemExit", "CancelledError", "GeneratorExit")
"""How a program ends when it is told to: no fault."""
OF_CLIENTS = ("ECONNRESET", "EPIPE", "ECONNABORTED")
"""Errors that say only that some client has gone."""


def told(output: str) -> tuple[Raised, ...]:
    """The exceptions that ``output`` tells of, oldest first."""
    lines = output.split("\n")[-MOST_LINES:]
    found: list[Raised] = []
    i = 0
    while i < len(lines):
        raised, after = at(lines, i)
        found += raised
        i = max(after, i + 1)
    return tuple(_chained(found))


def _chained(found: list[Raised]) -> list[Raised]:
    """With what began a chain as fatal as its end, which is all that anybody could catch."""
    for k in range(len(found) - 1, 0, -1):
        if found[k].wraps or found[k].handling:
            found[k - 1] = replace(found[k - 1], fatal=found[k].fatal)
    return found


def at(lines: Sequence[str], i: int) -> tuple[list[Raised], int]:
    """The exceptions of the report that begins at line ``i``, if one does, and the line after."""
    if not lines[i]:
        return [], i + 1
    for read in READERS:
        if report := read(lines, i):
            return report
    return [], i + 1


def most_telling(raised: tuple[Raised, ...]) -> Raised | None:
    """The one that tells most of a bug: one that ends the process, in the user's own code, no mere
    departure of a client; of equals the last.  The reason goes before what was raised from it."""
    best: Raised | None = None
    for k, one in enumerate(raised):
        if one.kind in ASKED_FOR or one.kind.endswith("Group"):
            continue
        if best is not None and one.wraps and k and raised[k - 1] is best:
            continue
        if best is None or _weight(one) >= _weight(best):
            best = one
    return best


def _weight(one: Raised) -> tuple[bool, bool, bool]:
    return one.fatal, bool(one.frames or one.circumstance), one.code not in OF_CLIENTS
