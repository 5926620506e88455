"""The harness from Python: judge a target, follow the events, or just have one launched.

>>> report = harness.check(["python", "server.py"], only=["identity"])
>>> report.ok
True
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from os import PathLike
from typing import TypedDict, Unpack

from harness.settings.run import Settings
from harness.values.address import LaunchStyle, Transport
from harness.values.effort import Effort
from harness.values.events import Event, report_of
from harness.values.report import Report
from harness.values.verdict import Level, Profile

Command = str | Sequence[str | PathLike[str]]
"""Arguments, or one string that is split as a shell would split it; no shell is involved."""


FUZZ_SECONDS = 60.0
SHRINK_SECONDS = 10.0
"""For each failure, beyond the time of the search."""


class TargetOptions(TypedDict, total=False):
    """How to get at the target.  Times are in seconds."""

    handler: str
    """``MODULE:NAME`` of a handler in Python, instead of a command; see ``harness.hosting``."""
    connect: str
    """``HOST:PORT`` or a URL of a server that runs already, instead of a command:
    ``tcp://127.0.0.1:7007``, ``unix:/run/echo``, ``unix:@name``, ``udp://127.0.0.1:7``."""
    transport: Transport | str
    """``auto``, ``tcp``, ``unix`` or ``udp``."""
    launch: LaunchStyle | str
    """``listen``, ``inetd``, ``inetd-wait`` or ``socket-activation``."""
    keep_stderr: bool
    """With ``inetd``: the server's standard error is no part of the connection."""
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
    effort: Effort | str
    """``quick``, ``normal`` or ``thorough``: how long, not how strict."""
    patience: float
    rate: float
    seed: int
    jobs: int
    isolate: str
    """``auto``, ``always`` or ``never``: networks of their own for instances of the server."""
    fail_fast: bool
    strict: bool
    fuzz: int
    corpus: str | PathLike[str]
    dictionary: str | PathLike[str]
    """``auto``, ``none``, or a file of AFL or libFuzzer: constants that steer the fuzzer."""
    pcap: str | PathLike[str]
    """A folder for captures of failed checks of an isolated server."""
    expected_failures: Mapping[str, str]
    """Check id to reason."""


def check(command: Command | None = None, **options: Unpack[Options]) -> Report:
    """Judge the target that ``command`` starts; the report of the whole run.

    Raises UsageProblem when the options make no sense.  A target that cannot be tested raises
    nothing: ``report.verdict`` says so and ``report.problem`` why.
    """
    return report_of(watch(command, **options))


def watch(command: Command | None = None, **options: Unpack[Options]) -> Iterator[Event]:
    """The same, event by event (see ``harness.values.events``).  Closing the iterator ends the run.

    Raises UsageProblem at once, before anything is launched.
    """
    from harness.running.engine import run

    return run(settings(command, **options))


def fuzz(
    command: Command | None = None,
    *,
    sessions: int | None = None,
    seconds: float | None = None,
    forget_fixed: bool = False,
    **options: Unpack[Options],
) -> Report:
    """Fuzz until ``sessions`` or ``seconds`` are used up, one minute when neither is said.

    The report has one check, ``fuzz/plans``.  Failing plans are kept in ``corpus`` and tried
    first next time; ``forget_fixed`` removes those that pass.
    """
    from harness.running.engine import run

    return report_of(
        run(
            fuzz_settings(
                settings(command, **options), sessions, seconds, forget_fixed=forget_fixed
            )
        )
    )


def replay(
    case: str | PathLike[str],
    command: Command | None = None,
    *,
    repeat: int = 1,
    **options: Unpack[Options],
) -> Report:
    """Perform a saved case ``repeat`` times, each on a fresh target; one check, ``fuzz/plans``.

    Raises UsageProblem when the file is no case.
    """
    from pathlib import Path

    from harness.fuzzer.datagrams.case import load_any
    from harness.running.replaying import replay as events

    saved, run = load_any(Path(case)), settings(command, **options)
    return report_of(events(saved, run, path=str(case), repeat=repeat))


def fuzz_settings(
    base: Settings, sessions: int | None, seconds: float | None, *, forget_fixed: bool = False
) -> Settings:
    """``base`` as a run that fuzzes and does nothing else."""
    import msgspec

    from harness.contract.catalogue import FUZZ_ID
    from harness.settings.run import Budget

    if sessions is None and seconds is None:
        seconds = FUZZ_SECONDS
    budget = Budget(
        sessions=sessions,
        seconds=seconds,
        shrink_seconds=SHRINK_SECONDS,
        most_bugs=None,
        forget_fixed=forget_fixed,
    )
    return msgspec.structs.replace(base, only=(FUZZ_ID,), skip=(), level=None, budget=budget)


def settings(command: Command | None = None, **options: Unpack[Options]) -> Settings:
    """The options as the value that the engine takes.  Raises UsageProblem."""
    from harness.settings import choices, making

    given = dict(options) if command is None else {"command": command, **options}
    return making.settings(choices.choose(given))


def assert_conforms(command: Command | None = None, **options: Unpack[Options]) -> Report:
    """``check``, and an AssertionError that says what is broken unless the target conforms."""
    report = check(command, **options)
    if not report.ok:
        from harness.report.text import render

        raise AssertionError("\n" + render(report))
    return report
