"""The causes that a broken server names in its first comment, and how they are written there.

A line for each bug: `Cause: single-read`, or `Cause: not-flushed | waits-for-newline` where nobody
can tell the two apart from outside.
"""

from __future__ import annotations

import itertools
import re
from pathlib import Path

LIST = Path(__file__).with_name("causes.txt")


def known(path: Path = LIST) -> dict[str, str]:
    """Each id, and the bug in a few words."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line]
    pairs = (line.split(maxsplit=1) for line in lines if not line.startswith("#"))
    return {cause: bug.strip() for cause, bug in pairs}


IDS = frozenset(known())


def bugs(lines: str) -> tuple[tuple[str, ...], ...]:
    """For each line, which is a bug, the ids that name it.  Raises ValueError at an unknown id."""
    found = tuple(tuple(re.split(r"\s*\|\s*", line)) for line in lines.splitlines())
    for cause in itertools.chain.from_iterable(found):
        if cause not in IDS:
            raise ValueError(f"{cause!r} is no id of a cause")
    return found
