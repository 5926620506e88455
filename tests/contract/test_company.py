"""Clients who stay while others come and go."""

from __future__ import annotations

import pytest

from harness.contract import company, crowd
from harness.contract.check import Context
from harness.values import plan as p
from harness.values.plan import problems_of
from harness.values.trace import Ending
from harness.values.verdict import Breach, Finding, Kind, Profile

CONCURRENT = Context(profile=Profile.CONCURRENT, room=5000)


def finding(kind: Kind, session: int | None, received: int | None) -> Finding:
    return Finding(
        kind=kind,
        breach=Breach.LIVENESS,
        message="no",
        session=session,
        received=received,
        ending=Ending.OPEN,
    )


def test_no_more_clients_are_there_than_a_small_crowd_had() -> None:
    """Those who stay, and those who come at once."""
    plan = company.company(CONCURRENT)
    assert problems_of(plan) == []
    stays, comes = plan.scripts[: company.STAY], plan.scripts[company.STAY :]
    assert len(comes) == company.COME * company.TURNS
    assert company.STAY + company.COME == crowd.FEW
    assert not any(isinstance(step, p.Wait) for script in stays for step in script.steps)


def test_who_stays_speaks_when_others_have_come_and_insists_before_more_come() -> None:
    """So nobody new wakes a process that hangs in accept()."""
    plan = company.company(CONCURRENT)
    stays, comes, later = (plan.scripts[i] for i in (0, company.STAY, company.STAY + company.COME))
    have_come, begins = comes.steps[-2], later.steps[0]
    at, silence = stays.steps.index(have_come), stays.steps.index(begins)
    said, awaited = stays.steps[at + 1 : silence]
    assert isinstance(said, p.Send)
    assert awaited == p.AwaitEcho()


@pytest.mark.parametrize(
    ("kind", "session", "received", "counts"),
    [
        (Kind.NO_ECHO, 3, 60, True),
        (Kind.EARLY_CLOSE, 3, 60, True),
        (Kind.DIED, None, None, True),
        (Kind.NO_ECHO, 3, 0, False),
        (Kind.EARLY_CLOSE, company.STAY, 0, False),
        (Kind.REFUSED, company.STAY, None, False),
    ],
)
def test_only_who_was_served_before_may_complain(
    kind: Kind, session: int | None, received: int | None, counts: bool
) -> None:
    """A limit on clients turns away who comes, or lets wait who has no place."""
    assert bool(company.breaches([finding(kind, session, received)])) is counts


def test_the_end_of_the_target_is_told_first() -> None:
    """And the others with what they did there."""
    died, waits = finding(Kind.DIED, None, None), finding(Kind.NO_ECHO, 3, 60)
    first, second = company.breaches([waits, died])
    assert first == died
    assert second.message == "no; it was one of 30 who stayed while others came and went, 2 at once"
