"""A spread fuzz run: what it finds depends on its seeds, and not on who looked, or when."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest

from harness import fuzzer
from harness.errors import ClusterProblem
from harness.fuzzer.bugs import Bug
from harness.fuzzer.case import Case, Rate
from harness.fuzzer.collect import Suspect
from harness.fuzzer.events import FuzzSummary
from harness.settings.run import Budget, Settings
from harness.spreading import fuzzing
from harness.spreading.crew import News
from harness.spreading.fuzzing import Fuzzing
from harness.spreading.ranges import ranges
from harness.spreading.tasks import (
    Again,
    Examine,
    Examined,
    Lost,
    Search,
    Searched,
    Task,
    Told,
    Tried,
    task_of,
)
from harness.values.events import Event, Notice, RunFinished
from harness.values.plan import AwaitEcho, Connect, HalfClose, Literal, Send, one
from harness.values.report import FuzzStats, Problem, Report
from harness.values.target import TargetSpec
from harness.values.trace import Trace
from harness.values.verdict import Breach, Finding, Kind, Profile, Status, Verdict
from tests.report.samples import report, result

BUDGET = Budget(sessions=3000, seconds=None, shrink_seconds=1.0, most_bugs=None)
CHANGED = Finding(Kind.CHANGED, Breach.SAFETY, "1 byte came back changed", 0, 3)


def settings(folder: Path, **budget: object) -> Settings:
    return Settings(
        TargetSpec(command=("python", "server.py")),
        budget=msgspec.structs.replace(BUDGET, **budget),
        corpus=str(folder / "cases"),
        seed=5,
    )


def suspect(seed: int, size: int) -> Suspect:
    """A failing plan that sends so many bytes in two writes."""
    sends = (Send(Literal(b"x" * size)), Send(Literal(b"y")))
    plan = one(Connect(), *sends, AwaitEcho(), HalfClose())
    return Suspect(seed, 7, plan, Trace(()), (CHANGED,))


class Crew:
    """Does tasks by calling a function, in an order of its own."""

    def __init__(
        self,
        workers: int,
        answer: Callable[[Task], Told | None],
        order: random.Random | None = None,
    ) -> None:
        self.workers = workers
        self.asked: list[Task] = []
        self._answer = answer
        self._order = order or random.Random(0)
        self._waiting: list[tuple[int, Task]] = []
        self.given_up = False
        self.drops = True
        """What is left when all is given up is dropped; else it is answered still."""

    def put(self, number: int, task: bytes, *, cell: bool, soon: bool = False) -> None:
        found = task_of(task)
        self.asked.append(found)
        self._waiting.insert(0 if soon else len(self._waiting), (number, found))

    def news(self, seconds: float) -> list[News]:
        if not self._waiting:
            return []
        at = self._order.randrange(min(self.workers, len(self._waiting)))
        number, task = self._waiting.pop(at)
        return [News(number, None if self.given_up and self.drops else self._answer(task))]

    def give_up(self) -> None:
        self.given_up = True

    def close(self) -> None:
        """Nothing is held."""


class Last(random.Random):
    """The order of a crew in which the task that was asked for last is done first."""

    def randrange(self, start: int, *_: object) -> int:  # type: ignore[override]
        return start - 1


def told(task: Task) -> Told:
    """What workers tell of a target with two bugs, one of which looks different each time."""
    if isinstance(task, Search):
        assert task.settings.budget is not None
        seed, sessions = task.settings.seed, task.settings.budget.sessions or 0
        found = report([result("fuzz/plans", Status.INCONCLUSIVE, "part")])
        sizes = () if not sessions else (8, 1 << (4 + seed % 8)) if seed % 3 == 0 else ()
        summary = FuzzSummary(FuzzStats(seed, sessions, 10, 100 * sessions), "sessions")
        return Searched(found, tuple(suspect(seed, size) for size in sizes), summary)
    if isinstance(task, Examine):
        size = len(task.suspect.plan.scripts[0].steps[1].payload.value)  # type: ignore[union-attr]
        bug = Bug("bytes", ("small",) if size < 10 else ("large",), "")
        case = Case(
            profile=Profile.SEQUENTIAL,
            seed=task.suspect.seed,
            findings=(CHANGED,),
            rate=Rate(10, 10),
            plan=suspect(0, 2 if size < 10 else 99).plan,
        )
        failed = result("fuzz/plans", Status.FAILED, f"bug {bug.decides[0]}", findings=(CHANGED,))
        return Examined(report([failed]), fuzzer.case.dumps(case), bug, "10 of 10")
    assert isinstance(task, Again)
    return Tried(report([result("fuzz/plans", Status.PASSED, "it did not fail")]))


def outcome(run: Settings, crew: Crew, asked: Callable[[], bool] = lambda: False) -> Report:
    *_, last = Fuzzing(run, crew, asked).events()
    assert isinstance(last, RunFinished)
    return last.report


def findings(found: Report) -> object:
    """All that must not depend on who worked."""
    (check,) = found.checks
    stats = msgspec.structs.replace(found.fuzz or FuzzStats(0), duration_s=0.0)
    return check.status, check.summary, check.case, found.verdict, stats


@pytest.mark.parametrize("workers", [1, 2, 8])
@pytest.mark.parametrize("order", range(4))
def test_the_same_seeds_find_the_same(tmp_path: Path, workers: int, order: int) -> None:
    """With any number of workers, and in whatever order they answer."""
    one_by_one = findings(outcome(settings(tmp_path), Crew(1, told)))
    (tmp_path / "cases" / ".gitignore").unlink()
    crew = Crew(workers, told, random.Random(order))
    other = settings(tmp_path / str(workers), sessions=3000)
    found = findings(outcome(msgspec.structs.replace(other, corpus=str(tmp_path / "b")), crew))
    assert str(found).replace(f"{tmp_path}/b/", "") == str(one_by_one).replace(
        f"{tmp_path}/cases/", ""
    )


def test_bugs_are_kept_by_who_asked(tmp_path: Path) -> None:
    """Each once, in the corpus of the target, with the command that repeats it."""
    found = outcome(settings(tmp_path), Crew(2, told))
    kept = sorted(path.name for path in tmp_path.glob("cases/*/CASE-*.json"))
    assert len(kept) == 2
    (check,) = found.checks
    assert found.verdict is Verdict.NONCONFORMING
    assert check.case is not None and Path(check.case).name in kept
    assert check.repeat == f"echo-harness replay {check.case}"
    assert "and 1 other bugs: " in check.summary
    assert found.fuzz is not None and (found.fuzz.sessions, found.fuzz.failures) == (3000, 2)


def test_earlier_cases_come_first(tmp_path: Path) -> None:
    """And those that pass now are told of, and removed where that is wanted."""
    outcome(settings(tmp_path), Crew(1, told))
    crew = Crew(1, told)
    found = outcome(settings(tmp_path, forget_fixed=True, sessions=1), crew)
    assert [type(task) for task in crew.asked] == [Search, Again, Again, Search]
    assert sum("failed earlier and passes now; it was removed." in n for n in found.notices) == 2
    assert not list(tmp_path.glob("cases/*/CASE-*.json"))


def test_a_target_that_cannot_be_tested_is_told_once(tmp_path: Path) -> None:
    """By the first look, after which nobody searches."""
    dead = report(
        [], verdict=Verdict.UNTESTABLE, problem=Problem("target", "listen", "it died", "look")
    )
    crew = Crew(8, lambda task: Searched(dead))
    found = outcome(settings(tmp_path), crew)
    assert (found.verdict, len(crew.asked)) == (Verdict.UNTESTABLE, 1)


def test_a_worker_that_is_lost_for_good_ends_the_run(tmp_path: Path) -> None:
    """With what was found until then."""
    count = iter(range(100))
    crew = Crew(1, lambda task: told(task) if next(count) < 5 else Lost("it ate the memory"))
    found = outcome(settings(tmp_path), crew)
    assert found.problem is not None and found.problem.message == "it ate the memory"
    assert found.fuzz is not None and 0 < found.fuzz.sessions < 3000
    assert found.exit_code == 1


def test_a_cluster_that_goes_away_leaves_a_report(tmp_path: Path) -> None:
    """With what was found, and the exit code of that."""

    def answer(task: Task) -> Told:
        if isinstance(task, Search) and task.settings.seed == 9:
            raise ClusterProblem("the scheduler is gone")
        return told(task)

    found = outcome(settings(tmp_path), Crew(1, answer))
    assert found.exit_code == 69
    assert found.problem is not None and found.problem.whose == "cluster"
    assert found.fuzz is not None and found.fuzz.sessions > 0
    assert found.notices[-1].startswith("Seeds (200 sessions each) searched to the end: 5 to 8;")
    assert found.notices[-1].endswith("not at all: 9 to 19.")


def test_what_came_out_of_turn_counts_when_the_cluster_goes_away(tmp_path: Path) -> None:
    """A failure of a later seed is reported, although the answer of an earlier one is lost."""

    def answer(task: Task) -> Told:
        assert isinstance(task, Search) and task.settings.budget is not None
        if task.settings.budget.sessions and task.settings.seed != 6:
            raise ClusterProblem("the scheduler is gone")
        return told(task)

    found = outcome(settings(tmp_path), Crew(2, answer, Last()))
    assert (found.exit_code, found.verdict) == (69, Verdict.NONCONFORMING)
    assert "(seen once; the run ended before it was shrunk)" in found.checks[0].summary
    assert "searched to the end: 6" in found.notices[-1]


def test_an_interruption_reports_what_ran(tmp_path: Path) -> None:
    """What nobody has looked into counts if seeing it once proves it."""
    crew = Crew(1, told)
    found = outcome(settings(tmp_path), crew, lambda: len(crew.asked) > 6)
    assert crew.given_up and found.interrupted
    assert found.exit_code == 130
    assert found.fuzz is not None and 0 < found.fuzz.sessions < 3000


def test_what_is_under_way_when_interrupted_is_taken(tmp_path: Path) -> None:
    """A search that ends early tells what it has done, and what it has found counts."""

    def answer(task: Task) -> Told | None:
        found = told(task)
        if not crew.given_up or not isinstance(found, Searched):
            return found
        if task.settings.seed != 7:
            return None
        summary = FuzzSummary(FuzzStats(7, 50, 3, 5000), "stopped")
        return msgspec.structs.replace(found, summary=summary, suspects=(suspect(7, 8),))

    crew = Crew(1, answer)
    crew.drops = False
    found = outcome(settings(tmp_path), crew, lambda: len(crew.asked) > 4)
    assert (found.exit_code, found.verdict) == (130, Verdict.NONCONFORMING)
    assert found.fuzz is not None and found.fuzz.sessions == 450
    assert found.notices[-1] == (
        "Seeds (200 sessions each) searched to the end: 5 to 6; in part: 7; not at all: 8 to 19."
    )


def test_a_run_that_is_through_tells_no_seeds(tmp_path: Path) -> None:
    """They are all those that were asked for."""
    assert not outcome(settings(tmp_path), Crew(2, told)).notices


def test_a_target_that_fails_throughout_is_left_alone(tmp_path: Path) -> None:
    """Once thirty plans in a row have failed and shown nothing new."""

    def answer(task: Task) -> Told:
        found = told(task)
        if isinstance(found, Searched) and found.summary is not None:
            summary = msgspec.structs.replace(found.summary, in_a_row=10)
            return msgspec.structs.replace(found, suspects=(suspect(5, 8),), summary=summary)
        return found

    found = outcome(settings(tmp_path), Crew(1, answer))
    assert found.fuzz is not None and found.fuzz.sessions < 2000
    assert found.fuzz.failures == 1


def test_the_time_of_a_run_counts_from_its_first_search(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Workers that are slow to start, or a target that is, take nothing of it."""
    now = [0.0]
    monkeypatch.setattr(fuzzing, "time", SimpleNamespace(monotonic=lambda: now[0]))

    def answer(task: Task) -> Told:
        now[0] += 3.0 if now[0] else 100.0
        return told(task)

    found = outcome(settings(tmp_path, sessions=None, seconds=10.0), Crew(1, answer))
    assert found.fuzz is not None and found.fuzz.sessions >= 4000
    assert found.exit_code == 1


def test_failures_are_told_as_they_come(tmp_path: Path) -> None:
    """Each new bug in a line, with its case, before the end."""
    events: list[Event] = list(Fuzzing(settings(tmp_path), Crew(1, told)).events())
    lines = [event.text for event in events if isinstance(event, Notice)]
    assert len(lines) == 2
    assert all(line.startswith("1 byte came back changed: ") for line in lines)


@pytest.mark.parametrize(
    ("sessions", "profile", "count", "size"),
    [
        (1, Profile.SEQUENTIAL, 1, 1),
        (3000, Profile.SEQUENTIAL, 15, 200),
        (1_000_000, Profile.CONCURRENT, 1000, 1000),
        (800, Profile.ONE_SHOT, 32, 25),
        (50_000, Profile.ONE_SHOT, 500, 100),
    ],
)
def test_sessions_are_cut_into_searches(
    sessions: int, profile: Profile, count: int, size: int
) -> None:
    """All of them, by seeds that follow one another; how many workers there are does not matter."""
    parts = list(ranges(2**31 - 1, msgspec.structs.replace(BUDGET, sessions=sessions), profile))
    assert (len(parts), parts[0].sessions) == (count, size)
    assert sum(part.sessions for part in parts) == sessions
    assert [part.seed for part in parts[:2]] == [2**31 - 1, 0][: len(parts)]


def test_a_run_by_time_has_no_last_search() -> None:
    """It ends when the time is over."""
    coming = ranges(0, msgspec.structs.replace(BUDGET, sessions=None), Profile.SEQUENTIAL)
    assert [next(coming).sessions for _ in range(3)] == [1000] * 3
