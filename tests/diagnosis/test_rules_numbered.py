"""Connections whose number, or place in a table, is used again too soon."""

from __future__ import annotations

import msgspec
import pytest

from harness.diagnosis import Evidence, explain
from harness.values.plan import AwaitEcho, Connect, Literal, Plan, Script, Send
from harness.values.trace import Ending
from harness.values.verdict import Kind, Profile
from tests.diagnosis.made import case, failed, found, seen

STEPS = (Connect(), Send(Literal(b"x" * 10)), AwaitEcho())


def crowd(clients: int, mixed: range, *, lost: bool = True) -> Evidence:
    """Clients that come one after another and stay; those of ``mixed`` get bytes of others too."""
    wait = "" if lost else "; 9.5 received 5"
    traces = [
        seen(f"{n / 100} connected; 9.0 sent 10; 9.1 received 10", surplus=b"others")
        if n in mixed
        else seen(f"{n / 100} connected; 9.0 sent 10; 9.1 received 5{wait}")
        for n in range(clients)
    ]
    wrong = found(Kind.TRUNCATED, 0, sent=10, received=5, offset=5)
    plan = Plan(scripts=(Script(steps=STEPS),) * clients)
    return failed("sessions/simultaneous", wrong, *traces, plan=plan)


@pytest.mark.parametrize("places", [256, 64, 100, 500])
def test_places_that_begin_again(places: int) -> None:
    """Just the last of a crowd get bytes of others: as many as there are places."""
    last = range(700 - places, 700)
    first = explain(case(crowd(700, last))).causes[0]
    assert (first.id, first.confidence) == ("counter-wraps", "certain")
    assert f"begins again after {places:,}" in first.bug
    assert ("8 bits" in first.bug) is (places == 256)


@pytest.mark.parametrize(
    ("mixed", "lost"),
    [
        (range(643, 700), True),  # 57 is no number that anybody chooses
        (range(636, 652), True),  # sixteen, but not the last
        (range(698, 700), True),  # two are no table
        (range(444, 700), False),  # nobody lost anything
    ],
)
def test_others_who_are_mixed_up_have_no_places(mixed: range, lost: bool) -> None:
    """Which clients, and how many, decides."""
    told = explain(case(crowd(700, mixed, lost=lost))).causes
    assert "counter-wraps" not in [one.id for one in told]


def test_clients_that_take_turns_have_no_places() -> None:
    """A sequential server holds one of them at a time."""
    told = explain(case(crowd(700, range(444, 700)), profile=Profile.SEQUENTIAL)).causes
    assert "counter-wraps" not in [one.id for one in told]


def turned_out(first: int, stay: int, *, age: float = 1.0) -> Evidence:
    """A crowd of which the ``first`` that came were disconnected ``age`` seconds later."""
    traces = [
        seen(f"{n / 1000} connected; 0.9 sent 10; 0.9 received 10", ending=Ending.OPEN)
        for n in range(first + stay)
    ]
    for n in range(first):
        traces[n] = msgspec.structs.replace(
            traces[n], ending=Ending.FIN, ended=n / 1000 + age, half_closed=False
        )
    wrong = found(Kind.EARLY_CLOSE, 0, sent=10, received=10, offset=10)
    plan = Plan(scripts=(Script(steps=STEPS),) * len(traces))
    return failed("sessions/simultaneous", wrong, *traces, plan=plan)


@pytest.mark.parametrize(
    ("first", "stay", "age", "told"),
    [
        (300, 256, 1.0, True),
        (300, 4, 1.0, False),  # hardly anybody stays
        (4, 300, 1.0, False),  # hardly anybody goes
        (300, 256, 4.0, False),  # they may be too old
    ],
)
def test_the_oldest_of_a_crowd_are_turned_out(
    first: int, stay: int, age: float, told: bool
) -> None:
    """Just the last so many stay: a limit, where a connection may surely be as old as they were."""
    e = turned_out(first, stay, age=age)
    lives = {"shutdown/idle-kept", "shutdown/not-early"}
    causes = explain(case(e, passed=lives)).causes
    assert ("connection-limit" in [one.id for one in causes]) is told
    assert not told or f"some {stay:,} clients" in causes[0].bug


def test_who_ends_old_connections_has_no_limit_of_their_number() -> None:
    """A limit of time or of silence ends the first of a crowd first."""
    e = turned_out(300, 256)
    assert "connection-limit" not in [one.id for one in explain(case(e)).causes]
