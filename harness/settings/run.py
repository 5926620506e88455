"""What a run is to do, as one value: the command line, a config file or the API make it."""

from __future__ import annotations

import enum
import math

from msgspec import Struct

from harness.values.dictionary import AUTO
from harness.values.effort import Effort
from harness.values.report import Grading
from harness.values.target import TargetSpec
from harness.values.verdict import Level, Profile

PATIENCE = 3.0
"""Seconds without any progress.  A correct server on a machine with all cores busy answers within
tenths; under a debugger or an emulator it needs more, by --patience."""
FUZZ_SESSIONS = 200
"""Sessions of the short fuzz at the end of ``check``: some tenths of a second."""
FUZZ_AT = {Effort.QUICK: 40, Effort.NORMAL: FUZZ_SESSIONS, Effort.THOROUGH: 100_000}
"""The same at each effort, where the user says nothing else."""


class Budget(Struct, frozen=True):
    """How long to fuzz."""

    sessions: int | None
    seconds: float | None
    shrink_seconds: float
    """For each failure, beyond ``seconds``."""
    most_bugs: int | None
    forget_fixed: bool = False
    most_patience: float = math.inf
    """Seconds without progress, where that is less than the patience of the run."""


class Isolate(enum.StrEnum):
    """Whether instances have networks of their own."""

    AUTO = "auto"
    """Where two of them want the same port."""
    ALWAYS = "always"
    NEVER = "never"


class Settings(Struct, frozen=True):
    """One run.  Sizes in bytes, times in seconds."""

    target: TargetSpec
    profile: Profile | None = None
    """None: it is detected."""
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    level: Level | None = None
    patience: float = PATIENCE
    rate: float | None = None
    """The most new connections a second."""
    seed: int = 0
    effort: Effort = Effort.NORMAL
    """How long, not how strict."""
    jobs: int = 10
    """Instances of the target that checks may use side by side."""
    isolate: Isolate = Isolate.AUTO
    fail_fast: bool = False
    strict: bool = False
    fuzz: int = FUZZ_SESSIONS
    budget: Budget | None = None
    """How long to fuzz, in place of the short search of ``fuzz`` sessions."""
    corpus: str | None = None
    dictionary: str = AUTO
    """Where constants come from that steer the fuzzer: ``auto`` (the target), ``none``, a file."""
    pcap: str | None = None
    """Where captures of failed checks are written."""
    expected: tuple[tuple[str, str], ...] = ()
    """Checks that are known to fail, each with the reason."""
    grading: Grading = Grading()
    """What checks are worth in reports for graders."""
    repeat_with: tuple[str, ...] = ()
    """The arguments that lead to the same target, for the command that repeats a check."""
    label: str | None = None
    """The target's name in a config file."""
    reference: bool = False
    """No target was named, so the reference server is tested."""
    ours: tuple[tuple[str, ...], ...] = ()
    """Words of the target's command that are options of ours, each with its value: they may have
    been meant for us."""
