"""Connections whose number, or place in a table, is used again too soon."""

from __future__ import annotations

import pytest

from harness.diagnosis import Evidence, explain
from harness.values.plan import AwaitEcho, Connect, Literal, Plan, Script, Send
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
