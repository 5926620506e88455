"""What is said of a program that is handed its listener, and lets it lie.

Whether such a program takes clients at all is the first question: the wrong --launch looks like a
server that never accepts.
"""

from __future__ import annotations

from harness.diagnosis.case import Case
from harness.launcher.complaints import ACCEPTS_ON, FILTER


def left_lying(case: Case) -> str | None:
    """The bug in the words of its --launch; None for a program that makes its own listener."""
    where = ACCEPTS_ON.get(case.launch)
    return where and f"accept() is never called on {where}"


def to_mend(case: Case) -> str | None:
    """What to do about it; None for a program that makes its own listener."""
    where = ACCEPTS_ON.get(case.launch)
    return where and (
        f"Call accept() on {where}, in a loop that really runs. {FILTER} One that makes its own "
        "listener needs no --launch."
    )
