"""Judging many targets by a crew that is made up: what becomes of each report."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from harness.cli.many import Many as Judging
from harness.cli.many import judge_all
from harness.cli.running import Output
from harness.cli.spread import Spread
from harness.settings.run import Settings
from harness.spreading.crew import News
from harness.spreading.judging import Many, place, task
from harness.spreading.tasks import Judged, Lost, Told
from harness.values.report import Report
from harness.values.target import TargetSpec
from harness.values.verdict import Status, Verdict
from tests.report.samples import report, result

PASSED = report([result("identity/small", Status.PASSED, "it came back")])
CUT = msgspec.structs.replace(PASSED, interrupted=True, exit_code=130, verdict=Verdict.UNDECIDED)


class Crew:
    """Tells what it was given, one after another; ``None``: the task was dropped.

    After the last one somebody presses Ctrl-C so often that nothing is waited for any more.
    """

    workers = 1

    def __init__(self, *told: Told | None) -> None:
        self._told = list(told)
        self._next = 0
        self.given_up = False

    def put(self, number: int, task: bytes, *, cell: bool, soon: bool = False) -> None:
        """It knows already."""

    def news(self, seconds: float) -> list[News]:
        self._next += 1
        if self._next > len(self._told):
            raise KeyboardInterrupt
        return [News(self._next - 1, self._told[self._next - 1])]

    def give_up(self) -> None:
        self.given_up = True

    def close(self) -> None:
        """Nothing is held."""


def judged(*told: Told | None, interrupted_after: int = 100) -> tuple[Many, Crew]:
    came: list[str] = []
    crew = Crew(*told)
    many = Many(crew, lambda name, _: came.append(name), lambda: len(came) >= interrupted_after)
    run = Settings(TargetSpec(command=("python", "server.py")))
    many.judge({f"s{n}": task(run, place(), (), "") for n in range(len(told))})
    return many, crew


def stands(found: Report) -> tuple[Verdict, int, str | None, bool]:
    return found.verdict, found.exit_code, found.stopped, found.interrupted


def test_who_was_ended_by_its_worker_has_run_out_of_time() -> None:
    """Nobody interrupted it, on whatever machine it was; the others go on."""
    many, _ = judged(Judged(CUT), Judged(PASSED))
    assert stands(many.found["s0"]) == (Verdict.UNDECIDED, 4, "time limit", False)
    assert many.found["s1"] == PASSED


def test_an_interruption_takes_what_is_under_way() -> None:
    """It is called interrupted; what nobody began has no report."""
    many, crew = judged(Judged(PASSED), Judged(CUT), None, interrupted_after=1)
    assert crew.given_up and many.interrupted
    assert stands(many.found["s1"]) == (Verdict.UNDECIDED, 130, None, True)
    assert list(many.found) == ["s0", "s1"]


def test_whoever_will_not_wait_gets_the_reports(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of what was judged by then, with the exit code of an interruption."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Spread, "crew", lambda self, *, fresh: Crew(Judged(PASSED)))
    run = Settings(TargetSpec(command=("python", "server.py")))
    output = Output(reports=("json=all.json",), quiet=True)
    code = judge_all({"ann": run, "bob": run}, output, Judging("again", Spread(workers=1)))
    assert code == 130
    assert json.loads(Path("all.json").read_text())["not_run"] == ["bob"]


def test_who_ends_every_worker_is_not_testable() -> None:
    """And only its own line says so."""
    many, _ = judged(Lost("it ate the memory"), Judged(PASSED))
    assert many.found["s0"].verdict is Verdict.UNTESTABLE
    assert many.found["s0"].problem is not None
    assert many.found["s0"].problem.message == "it ate the memory"
    assert many.found["s1"] == PASSED
