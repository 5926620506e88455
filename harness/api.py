"""The harness from Python: judge a target, follow the events, or just have one launched.

>>> report = harness.check(["python", "server.py"], only=["identity"])
>>> report.ok
True
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from os import PathLike
from typing import TypedDict, Unpack

from harness.events import Event, RunFinished
from harness.report.model import Report
from harness.settings import Settings
from harness.verdict import Level, Profile

Command = str | Sequence[str | PathLike[str]]
"""Arguments, or one string that is split as a shell would split it; no shell is involved."""


class TargetOptions(TypedDict, total=False):
    """How to get at the target.  Times are in seconds."""

    connect: str
    """``HOST:PORT`` of a server that runs already, instead of a command."""
    port: int
    """The port that the server listens on, if it is hard-coded; otherwise it is found."""
    host: str
    cwd: str | PathLike[str]
    env: Mapping[str, str]
    start_timeout: float
    allow_remote: bool
    """Allow an address that is not loopback."""


class Options(TargetOptions, total=False):
    """What ``echo-harness check`` has as options."""

    profile: Profile | str
    """``auto``, ``one-shot``, ``sequential`` or ``concurrent``."""
    only: Sequence[str]
    skip: Sequence[str]
    level: Level | str
    patience: float
    rate: float
    seed: int
    jobs: int
    fail_fast: bool
    strict: bool
    fuzz: int
    corpus: str | PathLike[str]
    expected_failures: Mapping[str, str]
    """Check id to reason."""


def check(command: Command | None = None, **options: Unpack[Options]) -> Report:
    """Judge the target that ``command`` starts; the report of the whole run.

    Raises UsageProblem when the options make no sense.  A target that cannot be tested raises
    nothing: ``report.verdict`` says so and ``report.problem`` why.
    """
    for event in watch(command, **options):
        if isinstance(event, RunFinished):
            return event.report
    raise AssertionError("a run always ends with a report")


def watch(command: Command | None = None, **options: Unpack[Options]) -> Iterator[Event]:
    """The same, event by event (see ``harness.events``).  Closing the iterator ends the run.

    Raises UsageProblem at once, before anything is launched.
    """
    from harness.engine import run

    return run(settings(command, **options))


def settings(command: Command | None = None, **options: Unpack[Options]) -> Settings:
    """The options as the value that the engine takes.  Raises UsageProblem."""
    from harness import choices

    given = dict(options) if command is None else {"command": command, **options}
    return choices.settings(choices.choose(given))


def assert_conforms(command: Command | None = None, **options: Unpack[Options]) -> Report:
    """``check``, and an AssertionError that says what is broken unless the target conforms."""
    report = check(command, **options)
    if not report.ok:
        from harness.report.text import render

        raise AssertionError("\n" + render(report))
    return report
