"""Examining a failure, with attempts that are made up and a clock that only they move."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from harness.fuzzer.attempts import Attempts, Seen
from harness.fuzzer.examine import COUNT_PATIENCE, REPEATS, REPEATS_IN_HASTE, Confirmed, Examiner
from harness.fuzzer.luck import TRIES
from harness.values.plan import AwaitEcho, AwaitEnd, Connect, HalfClose, Plan, Random, Send, one
from harness.values.trace import Trace
from harness.values.verdict import Breach, Finding, Kind, Profile

HANGS = one(Connect(), Send(Random(seed=1, size=5000)), AwaitEcho(), HalfClose(), AwaitEnd())


class Made:
    """Attempts on a target that answers nothing, or a wrong byte."""

    profile = Profile.CONCURRENT
    patience = 3.0
    repeats = False
    fleet = SimpleNamespace(keeper=None)

    def __init__(self, kind: Kind) -> None:
        breach = Breach.LIVENESS if kind is Kind.NO_ECHO else Breach.SAFETY
        self.findings = (Finding(kind=kind, breach=breach, message="made up", session=0),)
        self.now = 0.0
        self.waited: list[float] = []
        """The patience of each attempt that is counted."""
        self.shown = 0

    def seen(self, plan: Plan) -> Seen:
        return Seen(plan, Trace(scripts=(), deaths=()), self.findings)

    def shows(self, plan: Plan, kinds: frozenset[Kind], patience: float, **_: Any) -> Seen:
        self.shown += 1
        self.now += patience if self.findings[0].kind is Kind.NO_ECHO else 0.01
        return self.seen(plan)

    def freshly(self, plan: Plan, *, patience: float, record: bool) -> Seen:
        self.waited.append(patience)
        self.now += patience if self.findings[0].kind is Kind.NO_ECHO else 0.01
        return self.seen(plan)


def examined(made: Made, seconds: Any) -> Confirmed:
    examiner = Examiner(cast(Attempts, made), seconds=seconds, clock=lambda: made.now)
    return examiner.shrink(made.seen(HANGS))


def test_what_has_hung_with_the_full_patience_is_counted_with_less() -> None:
    """Twice the patience proves it, as for a check; how often it shows needs no more than a
    second each time."""
    made = Made(Kind.NO_ECHO)
    confirmed = examined(made, lambda: 4.0)
    assert made.waited[0] == 2 * made.patience
    assert set(made.waited[1:]) == {COUNT_PATIENCE}
    assert confirmed.rate.failed == confirmed.rate.of == len(made.waited)
    assert confirmed.rate.of > 3


def test_wrong_bytes_are_counted_with_the_patience_that_they_have() -> None:
    """They wait for nothing."""
    made = Made(Kind.CHANGED)
    confirmed = examined(made, lambda: 4.0)
    assert made.waited == [made.patience] * REPEATS
    assert confirmed.rate.of == REPEATS


def test_in_haste_a_failure_is_counted_a_few_times() -> None:
    """Each attempt may cost a launch, and nobody waits for this verdict."""
    made = Made(Kind.CHANGED)
    assert examined(made, lambda: 0.5).rate.of == REPEATS_IN_HASTE < REPEATS


def test_shrinking_ends_when_there_is_less_time_for_it_than_before() -> None:
    """Another check may fail meanwhile: nobody waits for a small plan then."""
    made = Made(Kind.NO_ECHO)
    examined(made, lambda: 60.0)
    in_full, made = made.shown, Made(Kind.NO_ECHO)
    examined(made, lambda: 60.0 if made.shown < 7 else 0.5)
    assert made.shown <= 7 + TRIES < in_full
