"""A task for the fuzzer, as one value: which search, under which conditions, and how far."""

from __future__ import annotations

from msgspec import Struct

from harness.values.dictionary import EMPTY, Dictionary
from harness.values.verdict import Profile


class Bounds(Struct, frozen=True):
    """How far a search goes: it ends at the first of these.  None: without this bound."""

    sessions: int | None = None
    seconds: float | None = None
    bugs: int | None = None
    """Different failures."""


class Task(Struct, frozen=True, kw_only=True):
    """One search of one target.  The same task draws the same plans."""

    profile: Profile
    """What the target promises."""
    seed: int
    patience: float
    """Seconds without any progress."""
    bounds: Bounds = Bounds()
    rate: float | None = None
    """The most new connections a second."""
    remote: bool = False
    """Whether the target's process cannot be touched."""
    forget_fixed: bool = False
    """Whether earlier cases that pass now are removed."""
    dictionary: Dictionary = EMPTY
    """The constants of the target."""
    created: str | None = None
    """Date and time to be written into cases."""
