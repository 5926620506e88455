"""How many connections are made to see what each leaves behind."""

from __future__ import annotations

import msgspec
import pytest

from harness.contract.check import Context
from harness.contract.rounds import memory_rounds, plain_rounds
from harness.values.effort import Effort
from harness.values.plan import AwaitStall, Measure, Meet, Plan
from harness.values.verdict import Profile

ONE_BY_ONE = Context(Profile.SEQUENTIAL)
INETD = Context(Profile.SEQUENTIAL, starts_each=True)


def size_of(plan: Plan) -> tuple[int, int]:
    """The rounds after the first one, and the connections of a round, but for those who read
    nothing."""
    labels = [s.label for one in plan.scripts for s in one.steps if isinstance(s, Measure)]
    rounds = [label for label in labels if label.startswith("round-")]
    plain = [one for one in plan.scripts if one.connects and not _does_not_read(one.steps)]
    return len(rounds) - 1, len(plain) // len(rounds)


def _does_not_read(steps: tuple[object, ...]) -> bool:
    return any(isinstance(step, AwaitStall) for step in steps)


@pytest.mark.parametrize(
    ("context", "attempt", "size"),
    [
        (INETD, 1, (3, 8)),
        (INETD, 2, (5, 8)),
        (ONE_BY_ONE, 1, (5, 12)),
        (ONE_BY_ONE, 2, (15, 12)),
    ],
)
def test_few_connections_where_each_starts_a_program(
    context: Context, attempt: int, size: tuple[int, int]
) -> None:
    """What such a connection leaves behind is a process: few of them show it, and each costs a
    start; a second look is longer all the same."""
    context = msgspec.structs.replace(context, attempt=attempt)
    assert size_of(plain_rounds(context)) == size


def test_quick_effort_makes_no_difference_where_each_starts_a_program() -> None:
    """They are as few as that already, and no more at a second look."""
    for attempt in (1, 2):
        one = msgspec.structs.replace(INETD, attempt=attempt)
        quick = msgspec.structs.replace(one, effort=Effort.QUICK)
        assert size_of(plain_rounds(quick)) == size_of(plain_rounds(one))


def test_no_memory_grows_from_client_to_client_of_a_program_for_each() -> None:
    """Its memory ends with it: no hundred connections are made to tell growth from garbage."""
    again = msgspec.structs.replace(INETD, attempt=2)
    assert memory_rounds(again) == plain_rounds(again)
    longer = memory_rounds(msgspec.structs.replace(ONE_BY_ONE, attempt=2))
    assert size_of(longer) == (14, 100)


@pytest.mark.parametrize(
    ("profile", "speed", "readers", "others"),
    [
        (Profile.CONCURRENT, None, 60, 44),
        (Profile.CONCURRENT, 1e5, 100, 0),
        (Profile.SEQUENTIAL, None, 100, 4),
    ],
)
def test_many_of_those_who_decide_do_not_read(
    profile: Profile, speed: float | None, readers: int, others: int
) -> None:
    """As many clients as ever, where they stall a server side by side; it takes too long where they
    do so one after another, or where the server is slow."""
    plan = memory_rounds(Context(profile, attempt=2, speed=speed))
    unread = sum(_does_not_read(one.steps) for one in plan.scripts)
    alone = [one for one in plan.scripts if one.connects and not _meets(one.steps)]
    assert (len(alone) - unread, unread) == (15 * readers, 15 * others)


def _meets(steps: tuple[object, ...]) -> bool:
    return any(isinstance(step, Meet) for step in steps)
