"""What holds for every test, and the fixtures that several folders use.

Whatever they launch is ended, by its id, when they end.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable, Iterable, Iterator

import pytest

from harness.driver import telling
from harness.launcher.instance import Instance
from harness.launcher.keeper import Keeper
from harness.launcher.launch import Launcher
from harness.launcher.shared import SharedFleet
from harness.values.target import TargetSpec
from tests.grid import Job, Outcome, judge_here
from tests.support.cli import Done, echo_harness
from tests.support.rough import LISTEN, Launch, rough

# A shell starts what it puts into the background with Ctrl-C ignored, and that is inherited: the
# processes that the tests start, and then interrupt, would never hear of it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
# The same with ``nohup`` and the signal of a terminal that is closed.
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
# Some machines set this, and tox does. Each of the many runs of the program would compile it again,
# which takes as long as everything else that a short run does.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

Run = Callable[..., Done]
JudgeEach = Callable[[Iterable[Job]], list[Outcome]]


@pytest.fixture
def keeper() -> Iterator[Keeper]:
    """Ends whatever was launched through it."""
    made = Keeper()
    with contextlib.closing(made):
        yield made


@pytest.fixture
def launch(keeper: Keeper) -> Launch:
    """``launch(*argv, port=..., cwd=..., env=...)`` gives a running instance."""

    def start(*command: str, **options: object) -> Instance:
        spec = TargetSpec(command=command, **options)  # type: ignore[arg-type]
        return Launcher(spec, keeper).launch()

    return start


@pytest.fixture
def fleet_of(keeper: Keeper) -> Iterator[Callable[..., SharedFleet]]:
    """``fleet_of(code)`` is a fleet around a running rough server."""
    fleets: list[SharedFleet] = []

    def start(code: str = "serve()", *, listen: str = LISTEN) -> SharedFleet:
        fleet = SharedFleet(Launcher(TargetSpec(command=rough(code, listen=listen)), keeper))
        fleets.append(fleet)
        fleet.refresh()
        return fleet

    yield start
    for fleet in fleets:
        fleet.close()


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """``run("check", ...)`` is ``echo-harness check ...``."""
    monkeypatch.setenv("COLUMNS", "100")
    return lambda *arguments: echo_harness(monkeypatch, capsys, *arguments)


@pytest.fixture
def judge_each(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> JudgeEach:
    """``judge_each(jobs)`` gives the outcomes of all, in their order, one run after another."""
    return lambda jobs: [judge_here(job, monkeypatch, capsys) for job in jobs]


@pytest.fixture
def nobody_dies(monkeypatch: pytest.MonkeyPatch) -> None:
    """No target of the test dies: after a connection that ended early no death is waited for."""
    monkeypatch.setattr(telling, "DEATH_SHOWS_WITHIN", 0.02)
