"""What a fuzz run tells: bugs, what became of earlier ones, and how it ended."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from msgspec import Struct

from harness.fuzzer.case import Case
from harness.values.events import FuzzProgress, Notice
from harness.values.report import FuzzStats
from harness.values.verdict import Finding

if TYPE_CHECKING:
    from harness.fuzzer.datagrams.case import DatagramCase

C = TypeVar("C")
"""`Case`, or `DatagramCase`."""
T = TypeVar("T")
"""The trace of its plan."""


class Failure(Struct, Generic[C, T], frozen=True):
    """A bug, as small as it could be made."""

    case: C
    findings: tuple[Finding, ...]
    trace: T
    path: Path | None = None
    """Where the case was saved."""
    unsaved: str | None = None
    """Why it was not, if it should have been."""
    earlier: bool = False
    """It comes from the corpus, and fails still."""
    shrunk_from: tuple[int, int] = (0, 0)
    """Sessions and bytes of the plan in which it was found."""
    attempts: int = 0
    seconds: float = 0.0
    """Spent on confirming and shrinking."""
    output: str = ""
    """What the instance wrote last on which it was seen."""


class Fixed(Struct, frozen=True):
    """An earlier case that passes now."""

    case: Case | DatagramCase
    path: Path
    removed: bool


class FuzzSummary(Struct, frozen=True):
    """The last event of every run."""

    stats: FuzzStats
    reason: str
    """Why it ended: ``sessions``, ``time``, ``stopped``, ``failures``, ``same failures``,
    ``interrupted``, ``unable``."""
    unable: str | None = None
    """What kept the harness from going on; then nothing may be concluded from silence."""
    unconfirmed: int = 0
    """Plans on which the target hung once and never again."""
    in_a_row: int = 0
    """Plans that failed at its end, one after another, and showed nothing new."""
    turned_away: int | None = None
    """Connections after which the target turned a client away, as one that limits them."""


FuzzEvent = FuzzProgress | Notice | Failure[Any, Any] | Fixed | FuzzSummary
