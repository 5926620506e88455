"""The checks on servers of datagrams: sound plans, and which servers they are about."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from harness.contract.catalogue import CHECKS, FUZZ, GROUPS, IDS, concerning, find
from harness.contract.check import EVERYWHERE, STREAMS, Check, Context
from harness.contract.steps import in_words
from harness.values import plan as p
from harness.values.address import Transport
from harness.values.datagrams import (
    LARGEST_DATAGRAM,
    Ask,
    Asked,
    AwaitAnswers,
    ClientTrace,
    DatagramPlan,
    DatagramScript,
    DatagramTrace,
    encode,
    problems_of,
)
from harness.values.payload import size_of
from harness.values.verdict import Breach, Kind, Profile

EXCHANGES = [check for check in CHECKS if check.exchange is not None]
EVERY = pytest.mark.parametrize("check", EXCHANGES, ids=lambda check: check.id)
LOOKS = (p.Measure, p.Watch, p.AwaitQuiet)


def plans(check: Check) -> Iterator[tuple[Context, DatagramPlan]]:
    """For every sort of target that the check is for, and not skipped for."""
    assert check.exchange is not None
    for profile in set(check.profiles) - {Profile.CONCURRENT}:
        for remote in (False, True):
            for attempt in (1, 2):
                for host in ("127.0.0.1", "0.0.0.0"):
                    context = Context(
                        profile=profile,
                        transport=Transport.UDP,
                        remote=remote,
                        attempt=attempt,
                        listening=((host, 7007),),
                    )
                    if check.not_for(context) is None:
                        yield context, check.exchange(context)


@EVERY
def test_the_plan_can_be_performed_for_every_target(check: Check) -> None:
    """Sound, representable in a case file; a process of somebody else is only looked at."""
    for context, plan in plans(check):
        assert problems_of(plan) == [], context
        assert msgspec.json.decode(encode(plan), type=DatagramPlan) == plan
        steps = [step for script in plan.scripts for step in script.steps]
        if context.remote:
            assert all(isinstance(s, LOOKS) for s in steps if isinstance(s, p.NEEDS_PROCESS))
        paused = sum(isinstance(s, p.PauseTarget) for s in steps)
        assert paused == sum(isinstance(s, p.ResumeTarget) for s in steps)


@EVERY
def test_a_one_shot_server_is_asked_once_by_each_client(check: Check) -> None:
    """It answers one datagram, so each has an instance of its own."""
    for context, plan in plans(check):
        if context.profile is Profile.ONE_SHOT:
            for script in plan.scripts:
                assert sum(isinstance(step, Ask) for step in script.steps) <= 1


@EVERY
def test_its_plan_can_be_told(check: Check) -> None:
    """``explain`` says what is sent."""
    _, plan = next(plans(check))
    assert bool(in_words(plan)) == bool(plan.scripts)


def test_only_shoulds_ask_for_what_few_servers_can() -> None:
    """No ``must`` needs an empty datagram answered, or one of more than 9000 bytes."""
    for check in GROUPS["datagram"]:
        for _, plan in plans(check):
            insisted = {size for script in plan.scripts for size in insisted_on(script)}
            if 0 in insisted or max(insisted, default=0) > 9000:
                assert check.level == "should", check.id
            asked = [s for script in plan.scripts for s in script.steps if type(s) is Ask]
            assert max(size_of(step.payload) for step in asked) <= LARGEST_DATAGRAM


def insisted_on(script: DatagramScript) -> list[int]:
    """The sizes of what is asked again until it is answered."""
    last = max((i for i, s in enumerate(script.steps) if s == AwaitAnswers()), default=0)
    return [size_of(s.payload) for s in script.steps[:last] if type(s) is Ask]


def test_a_burst_insists_on_nothing_that_a_full_buffer_drops() -> None:
    """Its many datagrams are not asked again; what follows is."""
    check = next(check for check in CHECKS if check.id == "datagram/burst")
    for _, plan in plans(check):
        burst, after = plan.scripts
        assert AwaitAnswers(briefly=True) in burst.steps
        assert AwaitAnswers() not in burst.steps
        assert AwaitAnswers() in after.steps


def test_what_is_about_streams_and_about_datagrams_is_kept_apart() -> None:
    """Those of one sort are not even skipped for a server of the other; some are for both."""
    tcp, udp = (set(concerning(IDS, t)) for t in (Transport.TCP, Transport.UDP))
    assert concerning(IDS, Transport.UNIX) == concerning(IDS, Transport.TCP)
    assert tcp | udp == set(IDS)
    assert {i for i in tcp & udp if i != FUZZ.id} == {
        "launch/loopback-only",
        "resilience/terminates",
        "resources/descriptors",
        "resources/memory",
        "resources/threads",
        "resources/zombies",
        "resources/idle-cpu",
        "resources/checkers",
        "resources/unhandled-errors",
    }
    assert udp - tcp == {check.id for check in GROUPS["datagram"]}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_who_speaks_datagrams_says_how(check: Check) -> None:
    """A check has a plan for each sort of server that it is about."""
    assert (Transport.UDP in check.transports) == (check.exchange is not None)
    assert check.transports in (STREAMS, EVERYWHERE, (Transport.UDP,)) or not check.exchange


@pytest.mark.parametrize(
    ("times", "answers", "elsewhere", "lost"),
    [
        (4, 1, False, True),  # of those that were asked again most were taken by somebody else
        (4, 4, False, False),  # slow: late answers come all the same
        (1, 1, False, False),
        (2, 1, False, True),
        (4, 1, True, False),  # a network may lose them
    ],
)
def test_most_of_what_is_alone_on_its_way_is_answered(
    times: int, answers: int, elsewhere: bool, lost: bool
) -> None:
    """Somebody who insists is served in the end, and would not see that most are lost."""
    check = find("datagram/interleaved")
    seen = ClientTrace(asked=tuple(Asked(times, answers) for _ in range(24)))
    context = Context(Profile.SEQUENTIAL, transport=Transport.UDP, elsewhere=elsewhere)
    assert check.weigh is not None
    found = check.weigh(DatagramPlan(()), DatagramTrace((seen,)), context)
    assert [(f.kind, f.breach) for f in found] == [(Kind.NO_ECHO, Breach.LIVENESS)] * lost


SERVED, LOST, LATE, ODD = Asked(1, 1), Asked(2, 1), Asked(2, 2), Asked(1, 0)


@pytest.mark.parametrize(
    ("turns", "elsewhere", "lost"),
    [
        ([(LOST, LOST, SERVED)] * 8, False, True),  # it answers the newest of those that wait
        ([(SERVED, LOST, LOST)] * 6 + [(SERVED,) * 3] * 2, False, True),
        ([(SERVED, LOST, LOST)] * 5 + [(SERVED,) * 3] * 3, False, False),
        ([(SERVED, SERVED, LOST)] * 8, False, False),  # it loses some
        ([(SERVED,) * 3] * 8, False, False),
        ([(LATE,) * 3] * 8, False, False),  # slow: late answers come all the same
        ([(LOST,) * 3] * 8, False, False),  # so slow that the last of them were not waited for
        ([(SERVED, ODD, ODD)] * 8, False, False),  # what came in their place is told by others
        ([(LOST, LOST, SERVED)] * 8, True, False),  # a network may lose them
    ],
)
def test_most_of_few_that_wait_together_are_answered(
    turns: list[tuple[Asked, ...]], elsewhere: bool, lost: bool
) -> None:
    """No buffer drops so few; whoever answers one at once has had all of them."""
    check = find("datagram/boundaries")
    seen = ClientTrace(asked=tuple(one for turn in turns for one in turn))
    context = Context(Profile.SEQUENTIAL, transport=Transport.UDP, elsewhere=elsewhere)
    assert check.weigh is not None
    found = check.weigh(DatagramPlan(()), DatagramTrace((ClientTrace(), seen)), context)
    assert [(f.kind, f.breach) for f in found] == [(Kind.NO_ECHO, Breach.LIVENESS)] * lost
