"""What the engine tells while it runs.  Reporters consume these; none can change a verdict.

A run is ``RunStarted``, then any of the others, and always ends with one ``RunFinished`` that
holds the whole report, also after an interruption or a target that could not be tested.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from harness.values.report import FuzzStats, Report, TargetInfo
from harness.values.verdict import Level, Result


class RunStarted(Struct, frozen=True, tag=True):
    """``command`` is the target's, in words; ``checks`` how many were chosen; ``reference``: it is
    the reference server, which is tested when no command is given."""

    command: str
    seed: int
    checks: int
    version: str
    reference: bool = False


class TargetReady(Struct, frozen=True, tag=True):
    """The target listens and its profile is known."""

    target: TargetInfo


class Notice(Struct, frozen=True, tag=True):
    """Something that the user should know and that is no verdict."""

    text: str


class CheckStarted(Struct, frozen=True, tag=True):
    id: str
    level: Level
    position: int
    """Counts from 1."""
    total: int
    waits: float = 0.0
    """Seconds that it waits on purpose, about."""


class CheckFinished(Struct, frozen=True, tag=True):
    result: Result


class FuzzProgress(Struct, frozen=True, tag=True):
    """Now and then while the fuzzer runs."""

    stats: FuzzStats
    phase: str
    """``corpus``, ``search`` or ``shrink``."""
    rest: float | None = None
    """Seconds that it will take yet, at the rate so far; None: not known."""


class RunFinished(Struct, frozen=True, tag=True):
    report: Report


Event = (
    RunStarted | TargetReady | Notice | CheckStarted | CheckFinished | FuzzProgress | RunFinished
)


def report_of(events: Iterable[Event]) -> Report:
    """The report at the end of a run."""
    report: Report | None = None
    for event in events:
        if isinstance(event, RunFinished):
            report = event.report
    assert report is not None, "a run always ends with a report"
    return report
