"""A whole fuzz run against real servers: found, shrunk, kept, tried again, fixed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from harness import fuzzer
from harness.errors import UsageProblem
from harness.fuzzer import Corpus, Failure, Fixed, FuzzSummary
from harness.fuzzer import case as cases
from harness.fuzzer.bugs import bug_of, needs_of
from harness.fuzzer.examine import one_after_another
from harness.fuzzer.turns import never_met
from harness.launcher.fleet import Fleet
from harness.launcher.remote import RemoteFleet
from harness.running.fuzz_check import FuzzWork
from harness.settings.run import Budget, Settings
from harness.values import plan as p
from harness.values.plan import Literal, Plan, Random, Repeat, Script, Send
from harness.values.target import TargetSpec
from harness.values.verdict import Breach, Finding, Kind, Profile
from tests.fuzzer.targets import REFERENCE, broken, correct, fleet_for

END = (p.HalfClose(), p.AwaitEnd())
KEY = "a-target"
"""A folder in the corpus."""


def task(
    profile: Profile,
    *,
    sessions: int | None,
    seconds: float | None = None,
    bugs: int | None = None,
    seed: int = 1,
    patience: float = 2.0,
    **more: bool,
) -> fuzzer.Task:
    bounds = fuzzer.Bounds(sessions, seconds, bugs)
    return fuzzer.Task(profile=profile, seed=seed, patience=patience, bounds=bounds, **more)


def summary_of(events: list[fuzzer.FuzzEvent]) -> FuzzSummary:
    assert isinstance(events[-1], FuzzSummary)
    assert not any(isinstance(event, FuzzSummary) for event in events[:-1])
    return events[-1]


@pytest.mark.usefixtures("nobody_dies")
def test_a_bug_is_found_shrunk_kept_tried_again_and_fixed(tmp_path: Path) -> None:
    command, profile = broken("fuzz_interrupt_process")
    with fleet_for(command, profile) as fleet:
        events = list(
            fuzzer.run(
                fleet,
                task(profile, sessions=400, bugs=1),
                Corpus(tmp_path, KEY),
                shrink_seconds=lambda: 120.0,
            )
        )
        (failure,) = [event for event in events if isinstance(event, Failure)]
        assert failure.case.plan == p.one(p.Connect(), Send(Literal(b"\xff\xf4")), *END)
        assert failure.case.decides == ("certain bytes",)
        assert failure.path is not None
        assert fuzzer.load(failure.path) == failure.case
        assert failure.trace.scripts[0].received == 0
        assert summary_of(events).stats.failures == 1

        again = list(fuzzer.run(fleet, task(profile, sessions=0), Corpus(tmp_path, KEY)))
        (failure,) = [event for event in again if isinstance(event, Failure)]
        assert failure.earlier
        result = fuzzer.replay(failure.case, fleet, repeat=3, patience=2)
        assert str(result.rate) == "3 of 3"

    with fleet_for(REFERENCE, Profile.SEQUENTIAL) as fleet:
        for forget in (False, True):
            only_earlier = task(Profile.SEQUENTIAL, sessions=0, forget_fixed=forget)
            events = list(fuzzer.run(fleet, only_earlier, Corpus(tmp_path, KEY)))
            (fixed,) = [event for event in events if isinstance(event, Fixed)]
            assert fixed.removed is forget
            assert fixed.path.exists() is not forget
        result = fuzzer.replay(failure.case, fleet, repeat=2, patience=2)
        assert not result.failed


@pytest.mark.usefixtures("nobody_dies")
def test_what_hangs_is_found_with_patience(tmp_path: Path) -> None:
    command, profile = broken("chunking_until_short_read")
    with fleet_for(command, profile) as fleet:
        events = list(
            fuzzer.run(
                fleet,
                task(profile, sessions=2000, bugs=1, patience=0.2),
                shrink_seconds=lambda: 1.0,
            )
        )
    (failure,) = [event for event in events if isinstance(event, Failure)]
    assert len(failure.case.plan.scripts) == 1


def test_a_one_shot_target(tmp_path: Path) -> None:
    command, profile = broken("shutdown_exits_one")
    assert profile is Profile.ONE_SHOT
    with fleet_for(command, profile) as fleet:
        events = list(fuzzer.run(fleet, task(profile, sessions=20, bugs=1)))
    (failure,) = [event for event in events if isinstance(event, Failure)]
    assert failure.findings[0].kind is Kind.EXIT_STATUS
    assert len(failure.case.plan.scripts) == 1


@pytest.mark.parametrize(
    ("name", "sessions"),
    [("sequential_blocking", 300), ("asyncio_streams", 300), ("oneshot_tutorial", 8)],
)
def test_a_correct_server_is_not_accused(name: str, sessions: int) -> None:
    command, profile = correct(name)
    with fleet_for(command, profile) as fleet:
        events = list(fuzzer.run(fleet, task(profile, sessions=sessions, seed=5, patience=5)))
    summary = summary_of(events)
    assert (summary.reason, summary.stats.failures, summary.unconfirmed) == ("sessions", 0, 0)
    assert summary.stats.sessions >= sessions


def test_a_remote_target_is_never_paused() -> None:
    command, profile = correct("sequential_blocking")
    with fleet_for(command, profile) as local:
        local.refresh()
        assert local.current is not None
        remote = RemoteFleet(TargetSpec(connect=local.current.address))
        events = list(fuzzer.run(remote, task(profile, sessions=200, patience=5, remote=True)))
        assert summary_of(events).stats.failures == 0
        case = fuzzer.Case(
            profile=profile,
            seed=1,
            findings=(),
            rate=fuzzer.Rate(failed=1, of=1),
            plan=p.one(p.Connect(), p.PauseTarget(), p.ResumeTarget()),
        )
        with pytest.raises(UsageProblem, match="process"):
            fuzzer.replay(case, remote)


def run_reference(
    fleet: Fleet,
    sessions: int | None = 10_000,
    seconds: float | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> FuzzSummary:
    wanted = task(Profile.SEQUENTIAL, sessions=sessions, seconds=seconds, patience=5)
    return summary_of(list(fuzzer.run(fleet, wanted, stop=stop)))


def test_a_run_ends_when_it_is_told_to() -> None:
    answers = iter([False, False, True])
    with fleet_for(REFERENCE, Profile.SEQUENTIAL) as fleet:
        assert run_reference(fleet, stop=lambda: next(answers)).stats.plans == 2
        assert run_reference(fleet, seconds=0.0).reason == "time"


def test_an_interruption_ends_it_with_a_summary() -> None:
    def interrupt() -> bool:
        raise KeyboardInterrupt

    with fleet_for(REFERENCE, Profile.SEQUENTIAL) as fleet:
        assert run_reference(fleet, stop=interrupt).reason == "interrupted"


def test_a_damaged_case_in_the_corpus_is_left_out_with_a_notice(tmp_path: Path) -> None:
    """Whatever has the name of a case ends no run: it is told, and the others are tried."""
    corpus = Corpus(tmp_path, KEY)
    good = corpus.save(case_of(p.one(p.Connect(), *END)))
    (corpus.folder / "CASE-lost-1.json").write_text("{")
    (corpus.folder / "CASE-lost-2.json").write_bytes(b"\xff")
    (corpus.folder / "CASE-lost-3.json").mkdir()
    os.mkfifo(corpus.folder / "CASE-lost-4.json")
    (corpus.folder / "CASE-lost-5.json").symlink_to("CASE-lost-5.json")
    (corpus.folder / "CASE-lost-6.json").symlink_to("/dev/zero")
    events = earlier_of(corpus)
    left_out = [e.text for e in events if isinstance(e, fuzzer.Notice)]
    assert len(left_out) == 6
    assert all(f"CASE-lost-{i}.json" in text for i, text in enumerate(left_out, 1))
    assert [e.path for e in events if isinstance(e, Fixed)] == [good]


def test_a_case_that_cannot_be_judged_is_not_called_mended(tmp_path: Path) -> None:
    """Nor is it removed: nothing was learnt of it."""
    corpus = Corpus(tmp_path, KEY)
    pauses = p.Script((p.Connect(), p.PauseTarget(), p.Meet("a"), p.ResumeTarget()))
    waits = p.Script((p.Connect(), p.Send(Literal(b"x")), p.AwaitEcho(), p.Meet("a")))
    path = corpus.save(case_of(Plan((pauses, waits)), Profile.CONCURRENT))
    command, profile = correct("asyncio_streams")
    with fleet_for(command, profile) as fleet:
        events = list(
            fuzzer.run(fleet, task(profile, sessions=0, patience=0.5, forget_fixed=True), corpus)
        )
    (notice,) = [e.text for e in events if isinstance(e, fuzzer.Notice)]
    assert str(path) in notice
    assert path.exists()


def test_cases_of_nobody_are_told_once_and_not_tried(tmp_path: Path) -> None:
    """Those beside the folders of targets: with where they belong."""
    cases.save(case_of(p.one(p.Connect(), *END)), tmp_path)
    cases.save(case_of(p.one(p.Connect(), p.Wait(0.001), *END)), tmp_path)
    corpus = Corpus(tmp_path, KEY)
    events = earlier_of(corpus)
    (notice,) = [e.text for e in events if isinstance(e, fuzzer.Notice)]
    assert "2 cases stand" in notice
    assert str(corpus.folder) in notice
    assert not any(isinstance(e, Fixed) for e in events)


def case_of(plan: Plan, profile: Profile = Profile.SEQUENTIAL) -> fuzzer.Case:
    rate = fuzzer.Rate(failed=1, of=1)
    return fuzzer.Case(profile=profile, seed=1, findings=(), rate=rate, plan=plan)


def earlier_of(corpus: Corpus) -> list[fuzzer.FuzzEvent]:
    """What a run tells that tries the corpus and no more."""
    with fleet_for(REFERENCE, Profile.SEQUENTIAL) as fleet:
        return list(fuzzer.run(fleet, task(Profile.SEQUENTIAL, sessions=0, patience=5), corpus))


def test_a_failure_that_cannot_be_kept_stays_a_failure(tmp_path: Path) -> None:
    """Where nothing can be written, the verdict is the same, and why is told."""
    (tmp_path / "file").write_text("")
    command, profile = broken("identity_upper_case")
    with fleet_for(command, profile) as fleet:
        events = list(
            fuzzer.run(
                fleet,
                task(profile, sessions=200, bugs=1),
                Corpus(tmp_path / "file", KEY),
                shrink_seconds=lambda: 0.1,
            )
        )
    (failure,) = [e for e in events if isinstance(e, Failure)]
    assert failure.path is None
    (notice,) = [e.text for e in events if isinstance(e, fuzzer.Notice)]
    assert "cannot be written" in notice


@pytest.mark.parametrize(
    ("plan", "found_on", "promised"),
    [
        (p.one(p.Connect(), *END, p.AwaitExit()), Profile.ONE_SHOT, Profile.SEQUENTIAL),
        (p.one(p.Connect(), p.Reset()), Profile.SEQUENTIAL, Profile.ONE_SHOT),
        (p.one(p.Connect(), *END, p.AwaitExit()), Profile.SEQUENTIAL, Profile.SEQUENTIAL),
        (
            p.side_by_side(*[(p.Connect(), p.Meet("a"), *END)] * 2),
            Profile.CONCURRENT,
            Profile.SEQUENTIAL,
        ),
    ],
)
def test_a_case_of_another_profile_is_not_performed(
    plan: Plan, found_on: Profile, promised: Profile
) -> None:
    """A correct target that promises less would be accused."""
    case = case_of(plan, found_on)
    with (
        fleet_for(REFERENCE, Profile.SEQUENTIAL) as fleet,
        pytest.raises(UsageProblem, match="proves nothing here"),
    ):
        fuzzer.replay(case, fleet, profile=promised)


# --- telling bugs apart -------------------------------------------------------------------------


def finding(kind: Kind, ending: str = "fin") -> Finding:
    return Finding(kind=kind, breach=Breach.SAFETY, message="", ending=ending)


def test_one_bug_seen_in_two_ways_is_one_bug() -> None:
    plan = p.one(p.Connect(), Send(Repeat(b"a", 3072)), *END)
    other = p.one(p.Connect(), Send(Random(1, 4096)), *END)
    assert bug_of(plan, finding(Kind.LOST)) == bug_of(other, finding(Kind.TRUNCATED))


@pytest.mark.parametrize(
    "other",
    [
        (p.one(p.Connect(), Send(Literal(b"\xff\xf4")), *END), finding(Kind.LOST)),
        (p.one(p.Connect(), Send(Repeat(b"a", 1024)), *END), finding(Kind.LOST, "rst")),
        (p.one(p.Connect(), Send(Repeat(b"a", 1024)), *END), finding(Kind.DIED)),
        (p.one(p.Connect(), Send(Repeat(b"a", 1024)), p.Reset()), finding(Kind.LOST)),
    ],
)
def test_another_need_ending_or_breach_is_another_bug(other: tuple[Plan, Finding]) -> None:
    plan = p.one(p.Connect(), Send(Repeat(b"a", 1024)), *END)
    assert bug_of(plan, finding(Kind.LOST)) != bug_of(*other)


def test_what_a_failure_needs_is_said_in_words() -> None:
    plan = Plan(
        (
            Script((p.Connect(), Send(Literal(b"a\xff")), p.Reset())),
            Script((p.Connect(), Send(Repeat(b"a", 2000), cuts=(1,)), *END), after=(0,)),
        )
    )
    assert needs_of(plan) == (
        "sessions in turn",
        "a reset",
        "several writes",
        "certain bytes",
        "at least 1,024 bytes",
    )


def test_plans_since_the_launch_are_performed_one_after_another() -> None:
    one = p.side_by_side((p.Connect(),), (p.Connect(),))
    both = one_after_another([one, p.in_turn((p.Connect(),), (p.Connect(),))])
    assert [script.after for script in both.scripts] == [(), (), (0, 1), (2,)]


def test_plans_that_are_joined_do_not_wait_for_one_another() -> None:
    """Each meets at its own places, whatever they are called."""
    met = p.side_by_side(*[(p.Connect(), p.Meet("here"), *END)] * 2)
    assert never_met(one_after_another([met, met])) is None


def test_check_fuzzes_a_target_that_has_failed_already_for_less_long() -> None:
    """Its verdict is known: the first bug is told, and hardly shrunk, in as many sessions."""
    settings = Settings(target=TargetSpec(command=("server",)), fuzz=123)
    failed: list[str] = []
    work = FuzzWork(settings, Profile.CONCURRENT, broken=lambda: bool(failed))
    before = work.budget
    failed.append("identity/hello")
    after = work.budget
    assert before.sessions == after.sessions == 123
    assert after.most_bugs == 1
    for each in ("seconds", "shrink_seconds", "most_patience"):
        assert getattr(after, each) < getattr(before, each)


def test_a_failure_elsewhere_is_heard_of_during_the_search() -> None:
    """The search began when all was well, and ends with its first bug all the same."""
    settings = Settings(target=TargetSpec(command=("server",)), fuzz=123)
    failed: list[str] = []
    work = FuzzWork(settings, Profile.CONCURRENT, broken=lambda: bool(failed))
    assert not work.enough(1)
    failed.append("identity/hello")
    assert work.enough(1)
    assert not work.enough(0)


def test_a_budget_that_was_asked_for_stands() -> None:
    """`echo-harness fuzz` knows of no failed check, and takes the time it was given."""
    budget = Budget(sessions=7, seconds=1.0, shrink_seconds=2.0, most_bugs=3)
    settings = Settings(target=TargetSpec(command=("server",)), budget=budget)
    work = FuzzWork(settings, Profile.CONCURRENT, broken=lambda: True)
    assert work.budget == budget
    assert not work.enough(3)  # the search itself ends then, and says so
