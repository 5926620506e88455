"""Which plans of a file are performed: all that are drawn, and none that has no end."""

from __future__ import annotations

import time

import pytest

from harness.fuzzer.examine import one_after_another
from harness.fuzzer.limits import unfit
from harness.fuzzer.scenes import Terms
from harness.fuzzer.search import plans
from harness.fuzzer.turns import never_met
from harness.values import plan as p
from harness.values.payload import LARGEST_PAYLOAD
from harness.values.plan import Plan, Random, Script, Send
from harness.values.verdict import Profile

END = (p.HalfClose(), p.AwaitEnd())
MIB = 1024 * 1024


def of(*steps: p.Step, after: tuple[int, ...] = ()) -> Script:
    return Script((p.Connect(), *steps), after)


UNFIT = {
    "nobody": (Plan(()), "no client connects"),
    "only an operator": (p.one(p.Wait(0.1)), "no client connects"),
    "sessions": (Plan((of(),) * 10_001), "it has 10001 sessions"),
    "bytes": (Plan((of(Send(Random(1, LARGEST_PAYLOAD)), *END),) * 2), "it sends 536870912 bytes"),
    "writes": (p.one(p.Connect(), Send(Random(1, 2 * MIB), cuts=(1,)), *END), "it writes 2097152"),
    "gaps": (p.one(p.Connect(), Send(Random(1, 100), cuts=(1,), gap=1.0), *END), "for 99 s"),
    "wait": (p.one(p.Connect(), p.Wait(3600.0), *END), "it pauses for 3600 s in all, and 10 are"),
    "waits": (p.in_turn(*[(p.Connect(), p.Wait(1.0), *END)] * 11), "it pauses for 11 s"),
    "slow reader": (
        p.one(p.Connect(), Send(Random(1, MIB)), p.StartReading(chunk=1, gap=1.0), *END),
        "it pauses for 1048576 s",
    ),
    "interruptions": (p.one(p.Connect(), *[p.InterruptTarget(100)] * 101), "interrupts the target"),
    "meetings": (p.one(p.Connect(), *[p.Meet("a")] * 10_001), "it has 10001 meetings"),
    "after itself": (Plan((of(after=(0,)),)), "scripts[0].after: script 0 must come before"),
    "after one that is not there": (Plan((of(), of(after=(5,)))), "scripts[1].after: script 5"),
    "reads nothing": (
        Plan((of(*END), of(p.StopReading(), Send(Random(1, 1)), p.AwaitEcho()))),
        "scripts[1]: no server could serve this client to its end",
    ),
    "waits for an end that it has not asked for": (
        p.one(p.Connect(), p.AwaitEnd()),
        "scripts[0]: no server could",
    ),
    "leaves the target paused": (p.one(p.Connect(), p.PauseTarget()), "scripts[0]: no server"),
    "comes after one that waits for it": (
        Plan((of(p.Meet("a")), of(p.Meet("a"), after=(0,)))),
        "scripts[0]: it waits for others who never come",
    ),
    "each waits elsewhere": (
        Plan((of(p.Meet("a"), p.Meet("b")), of(p.Meet("b"), p.Meet("a")))),
        "scripts[0]: it waits for others who never come",
    ),
}


@pytest.mark.parametrize("name", UNFIT)
def test_what_is_not_performed(name: str) -> None:
    """The place, and what is too much or cannot be."""
    plan, words = UNFIT[name]
    assert words in str(unfit(plan))


@pytest.mark.parametrize("profile", Profile)
@pytest.mark.parametrize("remote", [False, True])
def test_what_is_drawn_is_performed(profile: Profile, remote: bool) -> None:
    """Each plan of a search, and all plans since a launch as one: what is saved can be read."""
    drawn = list(plans(3, Terms(profile, remote, 5), 2500))
    assert [reason for plan in drawn if (reason := unfit(plan))] == []
    assert unfit(one_after_another(drawn[-80:])) is None


def test_who_has_ended_is_not_waited_for() -> None:
    """A place is left when all who come there have been there as often, or will come no more."""
    twice, once = of(p.Meet("a"), p.Meet("a")), of(p.Meet("a"))
    assert never_met(Plan((twice, once))) is None
    assert never_met(Plan((once, of(p.Meet("b")), of(p.Meet("b"), after=(0,))))) is None
    assert never_met(Plan((of(p.Meet("a")), of(p.Meet("b"), after=(0,)), of(p.Meet("b"))))) is None
    assert never_met(Plan((of(p.Meet("b")), of(p.Meet("a")), of(p.Meet("b"), after=(1,))))) is None


def test_a_crowd_at_one_place_is_looked_through_quickly() -> None:
    """A file of whatever size within the bounds is judged before a user wonders."""
    crowd = Plan((of(p.Meet("a"), p.Meet("a")),) * 5000)
    began = time.process_time()
    assert never_met(crowd) is None
    assert time.process_time() - began < 20
