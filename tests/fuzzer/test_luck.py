"""How often a smaller plan must fail, with targets whose luck is written down."""

from __future__ import annotations

from harness.fuzzer.attempts import Seen
from harness.fuzzer.luck import FORGIVEN, SURELY, Luck
from harness.values import plan as p
from harness.values.plan import Plan
from harness.values.trace import Trace

PLAN = p.one(p.Connect())
HELD = p.one(p.Connect(), p.PauseTarget(), p.ResumeTarget())


class Target:
    """Shows the bug in those attempts that have a 1."""

    def __init__(self, luck: str) -> None:
        self._luck = iter(luck)
        self.fresh: list[bool] = []

    def shows(self, plan: Plan, fresh: bool) -> Seen | None:
        self.fresh.append(fresh)
        return Seen(plan, Trace(scripts=()), ()) if next(self._luck) == "1" else None


def fails(luck: str, attempts: str, *, careful: bool = True) -> bool:
    """Whether a plan that shows ``attempts`` follows one that was measured with ``luck``."""
    of = Luck(Target(luck + attempts).shows, thorough=True)
    of.measure(PLAN)
    return of.fails(PLAN, PLAN, careful=careful) is not None


def test_what_always_failed_must_fail_twice() -> None:
    """Unless only bytes have changed: then once of twice."""
    assert fails("1111", "11")
    assert not fails("1111", "10")
    assert not fails("1111", "0")
    assert fails("1111", "01", careful=False)
    assert not fails("1111", "00", careful=False)


def test_what_sometimes_failed_may_fail_sometimes() -> None:
    """As often as before, roughly: twice of three, or once."""
    for luck in ("1101", "1100"):
        assert fails(luck, "101")
        assert not fails(luck, "100")
        assert not fails(luck, "100", careful=False), "bytes may be luck, too"
    assert fails("0100", "001")
    assert not fails("0100", "000")


def test_a_second_failure_is_of_a_fresh_target() -> None:
    """The first may have damaged it."""
    target = Target("1111" + "11")
    luck = Luck(target.shows, thorough=True)
    luck.measure(PLAN)
    assert luck.fails(PLAN, PLAN, careful=True)
    assert target.fresh == [True] * 4 + [False, True]


def test_without_time_one_failure_is_enough() -> None:
    """Nothing is measured then."""
    luck = Luck(Target("1").shows, thorough=False)
    luck.measure(PLAN)
    assert luck.fails(HELD, PLAN, careful=True)


def test_letting_the_target_go_needs_proof() -> None:
    """A plan that no longer holds it still, or no longer waits for an answer, must fail again and
    again; one in which a whole session is missing need not."""
    waits = p.one(p.Connect(), p.AwaitEcho())
    for before in (HELD, waits):
        for attempts, believed in (("1" * SURELY, True), ("1" * (SURELY - 1) + "0", False)):
            luck = Luck(Target("1111" + attempts).shows, thorough=True)
            luck.measure(before)
            assert (luck.fails(before, PLAN, careful=True) is not None) is believed
    luck = Luck(Target("1111" + "11").shows, thorough=True)
    luck.measure(PLAN)
    assert luck.fails(p.in_turn(waits.scripts[0].steps, PLAN.scripts[0].steps), PLAN, careful=True)


def test_what_is_held_still_must_stay_steady() -> None:
    """Three of three from there on, also for bytes; where holding did not help, as before."""
    for careful in (True, False):
        luck = Luck(Target("1111" + "110").shows, thorough=True)
        assert luck.steadied(HELD)
        assert luck.fails(HELD, HELD, careful=careful) is None
    luck = Luck(Target("1100" + "101").shows, thorough=True)
    assert not luck.steadied(HELD)
    assert luck.fails(HELD, HELD, careful=True)


def test_steady_is_what_fails_nearly_always() -> None:
    for attempts, steady in (
        ("1" * SURELY, True),
        ("0" * FORGIVEN + "1" * (SURELY - FORGIVEN), True),
        ("0" * (FORGIVEN + 1), False),
    ):
        assert Luck(Target(attempts).shows, thorough=True).is_steady(PLAN) is steady
