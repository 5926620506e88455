"""The shrinker gets to the smallest plan, judged by predicates instead of servers."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from harness.fuzzer.scenes import Terms, plan
from harness.fuzzer.shrink import Shrinker
from harness.fuzzer.simplify import (
    held,
    held_in_turn,
    held_together,
    without_scripts,
    without_steps,
)
from harness.fuzzer.sound import sound
from harness.fuzzer.source import Dice
from harness.values import plan as p
from harness.values.plan import Literal, Plan, Random, Script, Send
from harness.values.verdict import Profile

Predicate = Callable[[Plan], bool]

END = (p.HalfClose(), p.AwaitEnd())


def sends(each: Plan) -> list[bytes]:
    return [
        p.materialise(step.payload)
        for script in each.scripts
        for step in script.steps
        if isinstance(step, Send)
    ]


def steps(each: Plan) -> list[p.Step]:
    return [step for script in each.scripts for step in script.steps]


def shrunk(start: Plan, fails: Predicate) -> Plan:
    assert fails(start)
    shrinker = Shrinker(start, lambda each, careful: fails(each), lambda: True)
    found = shrinker.run()
    assert shrinker.complete
    assert fails(found)
    assert sound(found)
    return found


def a_failing_plan(fails: Predicate, profile: Profile = Profile.CONCURRENT) -> Plan:
    """The first plan of a search that fails."""
    drawn = (plan(Dice(f"{i}"), Terms(profile), 30) for i in range(10_000))
    return next(each for each in drawn if fails(each))


@pytest.mark.parametrize("multiple", [1024, 2048, 3072])
def test_a_size_that_is_a_multiple(multiple: int) -> None:
    """The least that fails, though not everything above it does."""

    def fails(each: Plan) -> bool:
        return any(len(data) and len(data) % multiple == 0 for data in sends(each))

    found = shrunk(a_failing_plan(fails), fails)
    assert [len(data) for data in sends(found)] == [multiple]
    assert len(found.scripts) == 1


@pytest.mark.parametrize("threshold", [1, 17, 1500, 65_537])
def test_a_threshold(threshold: int) -> None:
    def fails(each: Plan) -> bool:
        return any(len(data) >= threshold for data in sends(each))

    found = shrunk(a_failing_plan(fails), fails)
    assert [len(data) for data in sends(found)] == [threshold]


def test_a_total_over_several_messages_becomes_one_message() -> None:
    def fails(each: Plan) -> bool:
        return any(
            sum(p.size_of(s.payload) for s in script.steps if isinstance(s, Send)) > 65_536
            for script in each.scripts
        )

    start = Plan((Script((p.Connect(), Send(Random(1, 40_000)), Send(Random(2, 50_000)), *END)),))
    found = shrunk(start, fails)
    assert [len(data) for data in sends(found)] == [65_537]


@pytest.mark.parametrize("needle", [b"\xff\xf4", b"\0", b"quit\n"])
def test_certain_bytes_are_isolated(needle: bytes) -> None:
    def fails(each: Plan) -> bool:
        return any(needle in data for data in sends(each))

    found = shrunk(a_failing_plan(fails), fails)
    assert [step.payload for step in steps(found) if isinstance(step, Send)] == [Literal(needle)]


def test_bytes_deep_in_a_random_payload_are_isolated() -> None:
    data = p.materialise(Random(3, 30_000))
    needle = data[25_000:25_004]

    def fails(each: Plan) -> bool:
        return any(needle in data for data in sends(each))

    found = shrunk(p.one(p.Connect(), Send(Random(3, 30_000)), *END), fails)
    assert sends(found) == [needle]


def test_values_that_do_not_matter_become_plain() -> None:
    found = shrunk(p.one(p.Connect(), Send(Random(9, 300)), *END), lambda e: len(sends(e)) == 1)
    assert sends(found) == [b""]
    found = shrunk(
        p.one(p.Connect(), Send(Random(9, 300)), *END), lambda e: sum(map(len, sends(e))) >= 200
    )
    assert sends(found) == [b"a" * 200]


def test_only_the_scripts_that_matter_stay() -> None:
    def fails(each: Plan) -> bool:
        resets = [i for i, s in enumerate(each.scripts) if p.Reset() in s.steps]
        return any(
            len(p.sent_by(each.scripts[i])) >= 10 and len(each.scripts) > i + 1 for i in resets
        )

    found = shrunk(a_failing_plan(fails, Profile.SEQUENTIAL), fails)
    assert len(found.scripts) == 2
    assert sends(found) == [b"a" * 10]


@pytest.mark.parametrize("matter", [{b"b", b"g"}, {b"a", b"d", b"h"}])
def test_a_few_scripts_are_enough_though_none_can_be_left_out(matter: set[bytes]) -> None:
    """A race among eight: with one less it is gone, with two or three of them it is there again."""
    everybody = {bytes([letter]) for letter in b"abcdefgh"}

    def fails(each: Plan) -> bool:
        return set(sends(each)) in (everybody, matter)

    start = Plan(
        tuple(Script((p.Connect(), Send(Literal(word)), *END)) for word in sorted(everybody))
    )
    assert set(sends(shrunk(start, fails))) == matter


def test_cuts_gaps_and_windows_that_do_not_matter_go() -> None:
    start = p.one(
        p.Connect(receive_buffer=4096),
        Send(Random(1, 50), cuts=(3, 5), gap=0.01, lockstep=0.2, background=True),
        *END,
    )
    found = shrunk(start, lambda each: len(b"".join(sends(each))) >= 5)
    assert found == p.one(p.Connect(), Send(Literal(b"aaaaa")))


def test_cuts_that_matter_stay() -> None:
    def fails(each: Plan) -> bool:
        return any(isinstance(s, Send) and len(s.cuts) == 1 and s.cuts[0] < 9 for s in steps(each))

    start = p.one(p.Connect(), Send(Random(1, 50), cuts=(8, 30)), *END)
    found = shrunk(
        start, lambda e: fails(e) or (8, 30) in [getattr(s, "cuts", 0) for s in steps(e)]
    )
    assert any(isinstance(s, Send) and s.cuts for s in steps(found))


def test_who_meets_whom_is_kept_when_it_matters() -> None:
    def fails(each: Plan) -> bool:
        return sum(any(isinstance(s, p.Meet) for s in c.steps) for c in each.scripts) >= 2

    found = shrunk(a_failing_plan(fails), fails)
    assert len(found.scripts) == 2
    assert {s.place for s in steps(found) if isinstance(s, p.Meet)} <= {"place 1", "place 2"}


def test_a_pause_never_stays_without_its_end() -> None:
    each = p.one(
        p.Connect(), p.PauseTarget(), Send(Random(1, 5), background=True), p.ResumeTarget()
    )
    for k in range(4):
        kinds = {type(step) for step in steps(without_steps(each, 0, range(k, k + 1)))}
        assert (p.PauseTarget in kinds) == (p.ResumeTarget in kinds)


def test_who_waited_for_a_script_that_is_gone_waits_for_its_predecessor() -> None:
    each = p.in_turn((p.Connect(),), (p.Connect(),), (p.Connect(),))
    assert without_scripts(each, [1]) == p.in_turn((p.Connect(),), (p.Connect(),))


def test_the_budget_ends_it_with_the_best_so_far() -> None:
    left = iter([True] * 10)
    start = a_failing_plan(lambda each: any(len(data) >= 1000 for data in sends(each)))
    shrinker = Shrinker(
        start,
        lambda each, careful: any(len(data) >= 1000 for data in sends(each)),
        lambda: next(left, False),
    )
    found = shrinker.run()
    assert not shrinker.complete
    assert shrinker.attempts == 10
    assert any(len(data) >= 1000 for data in sends(found))
    assert len(found.scripts) < len(start.scripts)


@pytest.mark.parametrize(
    "bad",
    [
        (p.Connect(), p.AwaitEnd()),
        (p.Connect(), p.StopReading(), Send(Random(1, 9)), *END),
        (p.Connect(), p.PauseTarget(), p.AwaitEcho(), p.ResumeTarget()),
        (p.Connect(), p.PauseTarget()),
        (p.Connect(), Send(Random(1, 9)), p.ResumeTarget(), *END),
        (p.Connect(), p.StopReading(), p.ReadSome(5), p.StartReading(), *END),
        (p.AwaitEcho(),),
    ],
)
def test_what_hinders_itself_is_not_sound(bad: tuple[p.Step, ...]) -> None:
    """Such a plan would accuse a correct server."""
    assert not sound(Plan((Script(bad),)))


def test_a_session_can_be_held_until_all_of_it_is_there() -> None:
    """The target is stopped while the client sends and ends, so that luck plays no part."""
    one, other = Send(p.Literal(b"a"), gap=0.1), Send(p.Literal(b"bc"))
    (found,) = held(p.one(p.Connect(), one, p.AwaitEcho(), other, *END))
    assert sound(found)
    assert b"".join(sends(found)) == b"abc"
    kinds = [type(step) for step in steps(found)]
    assert kinds.index(p.PauseTarget) < kinds.index(Send)
    assert kinds.index(p.HalfClose) < kinds.index(p.ResumeTarget)


def test_sessions_can_be_held_until_all_are_ready() -> None:
    """One of them stops the target when all are connected, and lets it go when all have sent; at
    first with a letter that came back, which shows that the target has accepted them."""
    one = (p.Connect(), Send(p.Literal(b"a"), gap=0.1), p.AwaitEcho(), *END)
    other = (p.Connect(), p.Wait(0.1), Send(p.Literal(b"b")), p.Reset())
    greeted, plain = held_together(p.in_turn(one, other))
    assert sends(greeted) == [b"a", b"a", b"a", b"b"]
    assert sends(plain) == [b"a", b"b"]
    for found in (greeted, plain):
        assert sound(found)
        assert [script.after for script in found.scripts] == [(), ()]
        met = [[s.place for s in script.steps if isinstance(s, p.Meet)] for script in found.scripts]
        assert met == [["ready", "go", "done"]] * 2
    assert list(held_together(p.one(*one))) == []
    assert list(held_together(p.in_turn(one, (p.Connect(), *END)))) == []


def test_who_leaves_can_be_held_until_it_has_left() -> None:
    """What it sent and its reset are there together; the next comes when both were seen."""
    leaves = (p.Connect(), Send(p.Literal(b"a")), p.Wait(0.1), p.Reset())
    stays = (p.Connect(), p.AwaitEcho(), Send(p.Literal(b"b")))
    (found,) = held_in_turn(p.in_turn(leaves, stays))
    assert sound(found)
    assert sends(found) == [b"a", b"a", b"b"]
    kinds = [type(step) for step in found.scripts[0].steps]
    held_steps = kinds[kinds.index(p.PauseTarget) : kinds.index(p.ResumeTarget)]
    assert held_steps == [p.PauseTarget, Send, p.Reset]
    assert found.scripts[1] == Script((p.Connect(), Send(p.Literal(b"b")), *END), after=(0,))
    for other in (p.side_by_side(leaves, stays), p.in_turn(stays, leaves), p.one(*leaves)):
        assert list(held_in_turn(other)) == []


class Held:
    """A target whose bug shows each time while it is held still, and by luck otherwise."""

    def __init__(self, steady: Predicate) -> None:
        self.is_steady = steady

    def steadied(self, each: Plan) -> bool:
        return self.is_steady(each)


def is_held(each: Plan) -> bool:
    return any(isinstance(step, p.PauseTarget) for step in steps(each))


def test_a_race_of_two_is_held_when_it_may_be() -> None:
    """Only where the target's process is at hand."""

    def fails(each: Plan, careful: bool) -> bool:
        return sends(each)[-2:] == [b"a", b"a"]

    session = (p.Connect(), Send(p.Literal(b"a")), *END)
    for hold in (None, Held(is_held)):
        shrinker = Shrinker(p.in_turn(session, session), fails, lambda: True, hold=hold)
        shrinker.run()
        assert any(map(is_held, shrinker.path)) is (hold is not None)


def test_what_became_luckier_is_given_up() -> None:
    """A smaller plan that failed as often as was asked, but does not nearly always, is no plan to
    go on with: it goes back to the last that did, and tries the rest."""

    def fails(each: Plan, careful: bool) -> bool:
        return len(sends(each)) >= 2 and any(isinstance(s, Send) for s in each.scripts[0].steps)

    big, small = Send(p.Literal(b"a" * 50)), Send(p.Literal(b"b" * 50))
    start = p.in_turn((p.Connect(), big, *END), (p.Connect(), small, *END))
    shrinker = Shrinker(start, fails, lambda: True, hold=Held(is_held))
    found = shrinker.run()
    assert shrinker.complete
    assert is_held(found)
    assert all(map(is_held, shrinker.path[1:]))
    assert sum(map(len, sends(found))) == 0


def test_it_is_held_until_it_is_small() -> None:
    """What fails each time without that may be a matter of size: large, and no smaller."""

    def fails(each: Plan, careful: bool) -> bool:
        size = sum(map(len, sends(each)))
        return len(each.scripts) == 2 and (size > 50 or (is_held(each) and size > 2))

    session = (p.Connect(), Send(p.Literal(b"a" * 50)), *END)
    shrinker = Shrinker(
        p.in_turn(session, session), fails, lambda: True, hold=Held(lambda each: True)
    )
    found = shrinker.run()
    assert is_held(found)
    assert sum(map(len, sends(found))) == 3


def test_what_cannot_be_held_is_left_alone() -> None:
    """Several sessions, nothing to send, or a plan that stops the target by itself."""
    session = (p.Connect(), Send(p.Literal(b"a")), *END)
    paused = (p.Connect(), p.PauseTarget(), p.ResumeTarget(), *session[1:])
    for plan_ in (p.in_turn(session, session), p.one(p.Connect(), *END), p.one(*paused)):
        assert list(held(plan_)) == []
