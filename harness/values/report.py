"""The report as data: what the JSON file holds, and what every other output is made from."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from harness.values.address import LaunchStyle, Transport
from harness.values.effort import Effort
from harness.values.verdict import Level, Profile, Result, Status, Verdict, counts_against

SCHEMA_VERSION = 1
"""Grows when a field changes its meaning or goes away; new fields do not count."""

Points = Annotated[float, Meta(ge=0, le=1000)]


class ToolInfo(Struct, frozen=True):
    name: str
    version: str
    seed: int
    command: str
    """The command line that repeats this run."""


class TargetInfo(Struct, frozen=True, omit_defaults=True):
    command: str | None
    """How it is launched, as one would type it; None for one that was already running."""
    address: str | None
    """As a URL: ``tcp://127.0.0.1:7007``, ``unix:/run/echo``, ``udp://[::1]:7``."""
    profile: Profile | None
    profile_source: str | None
    """``detected`` or ``pinned``."""
    ready_s: float | None
    """Seconds from launch until it listened."""
    name: str | None = None
    """What it is called in a configuration file; left out where it has no name."""
    isolated: bool = False
    """Instances had networks of their own, but perhaps for the first."""
    not_isolated: str | None = None
    """Why they had none although two of them wanted the same port; left out where they did not."""
    transport: Transport | None = None
    """What it was tested over; left out where nothing was."""
    launch: LaunchStyle | None = None
    """How it came by its listener; left out for one that was already running."""


class Environment(Struct, frozen=True):
    """Where and when the run took place."""

    started: Annotated[datetime, Meta(tz=True)]
    """In UTC; as JSON it is ``2026-01-31T09:30:00Z``."""
    host: str
    system: str
    kernel: str
    machine: str
    """The processor's kind, such as ``x86_64``."""
    python: str
    cpus: int
    """Those that the harness may use."""
    libraries: dict[str, str] = {}
    """Package to version."""


class Counts(Struct, frozen=True):
    passed: int = 0
    failed: int = 0
    flaky: int = 0
    skipped: int = 0
    inconclusive: int = 0
    expected: int = 0
    """Those of ``failed`` that the user expects."""


class FuzzStats(Struct, frozen=True):
    """How far the fuzzer went."""

    seed: int
    sessions: int = 0
    plans: int = 0
    bytes: int = 0
    duration_s: float = 0.0
    failures: int = 0


UNEXPLAINED = "unexplained"
"""The id in place of a cause for failures that no known bug explains."""


class Cause(Struct, frozen=True):
    """A likely bug of the target, and the failures of the run that it explains."""

    id: str
    """Its id in the catalogue of causes; ``unexplained`` for failures that no known bug explains.
    These come before a cause that only a failed ``should`` speaks for."""
    bug: str
    hint: str
    confidence: str
    """``certain``, ``likely`` or ``possible``."""
    explains: tuple[str, ...]
    """The ids of the failed checks."""
    experiments: tuple[str, ...] = ()
    """What was tried to tell it from others, and what came of it: a sentence each."""
    evidence: tuple[str, ...] = ()
    """What it is concluded from: a sentence each."""


class Grading(Struct, frozen=True):
    """What a passed check is worth in reports for graders."""

    must: Points = 1.0
    """Points for each ``must`` that passes."""
    should: Points = 0.5
    may: Points = 0.0
    total: Annotated[float, Meta(gt=0, le=1_000_000)] | None = None
    """What a server gets that passes all; None: the sum of the points."""
    visibility: Literal["visible", "hidden", "after_due_date", "after_published"] = "visible"
    """Who sees the results, in Gradescope's words."""

    def points(self, level: Level) -> float:
        """What a check of ``level`` is worth."""
        return {Level.MUST: self.must, Level.SHOULD: self.should, Level.MAY: self.may}[level]


class Problem(Struct, frozen=True):
    """Why a target could not be tested, or what went wrong with the harness."""

    whose: str
    """``target``, ``usage``, ``machine`` or ``harness``."""
    step: str
    """At which step: ``launch``, ``listen``, ``connect``, ``profile``, ..."""
    message: str
    advice: str


class Report(Struct, frozen=True):
    """One run, whole."""

    schema_version: int
    tool: ToolInfo
    target: TargetInfo
    verdict: Verdict
    exit_code: int
    counts: Counts
    duration_s: float
    checks: tuple[Result, ...]
    fuzz: FuzzStats | None = None
    notices: tuple[str, ...] = ()
    problem: Problem | None = None
    interrupted: bool = False
    strict: bool = False
    effort: Effort = Effort.NORMAL
    """How much was tried, by ``--effort``."""
    not_run: tuple[str, ...] = ()
    """The ids of the chosen checks that have no result, since the run ended before."""
    stopped: str | None = None
    """Why it ended before all had run: ``first failure``, ``interrupted``, ``time limit`` or
    ``problem``."""
    environment: Environment | None = None
    """None for a run that an older version saved."""
    causes: tuple[Cause, ...] = ()
    """The likely bugs, the one that explains most first."""
    reference: bool = False
    """No target was named, so the reference server was tested."""
    not_run_levels: tuple[Level, ...] = ()
    """The level of each check in ``not_run``, in the same order."""
    grading: Grading = Grading()

    def failures(self) -> list[Result]:
        """The checks that count against the target, and the ``should`` ones that warn."""
        return [r for r in self.checks if r.status is Status.FAILED and r.expected is None]

    @property
    def ok(self) -> bool:
        """Whether the target conforms."""
        return self.exit_code == 0

    def warnings(self) -> list[Result]:
        """The failed ``should`` checks that do not count in this run."""
        return [r for r in self.failures() if not counts_against(r, strict=self.strict)]


def count(results: list[Result]) -> Counts:
    """How many of each status."""
    statuses = [r.status for r in results]
    expected = sum(r.expected is not None for r in results)
    return Counts(**{status.value: statuses.count(status) for status in Status}, expected=expected)
