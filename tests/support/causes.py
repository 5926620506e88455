"""The causes that a broken server names in its first comment, and how they are written there.

A line for each bug: `Cause: single-read`, or `Cause: not-flushed | waits-for-newline` where nobody
can tell the two apart from outside.
"""

from __future__ import annotations

import itertools
import re

from harness.diagnosis.catalogue import CAUSES


def bugs(lines: str) -> tuple[tuple[str, ...], ...]:
    """For each line, which is a bug, the ids that name it.  Raises ValueError at an unknown id."""
    found = tuple(tuple(re.split(r"\s*\|\s*", line)) for line in lines.splitlines())
    for cause in itertools.chain.from_iterable(found):
        if cause not in CAUSES:
            raise ValueError(f"{cause!r} is no id of a cause")
    return found
