"""A piece of a long stream that comes behind what was sent after it."""

from __future__ import annotations

import msgspec
import pytest

from harness.diagnosis import Evidence
from harness.values.payload import materialise
from harness.values.plan import (
    AwaitEcho,
    Connect,
    HalfClose,
    Plan,
    Random,
    Send,
    StartReading,
    StopReading,
)
from harness.values.plan import one as alone
from harness.values.trace import SURPLUS_KEPT, Ending
from harness.values.verdict import Kind
from tests.diagnosis.made import case, causes, failed, found, seen

STREAM = Random(seed=7, size=400_000)
PLAN = alone(Connect(), Send(STREAM), HalfClose(), AwaitEcho())
AT, LENGTH = 50_000, 600
SENT = materialise(STREAM)
PIECE = SENT[AT : AT + LENGTH]
BEHIND = SENT[AT + LENGTH :]


def skipped(
    check_id: str, came: bytes, kind: Kind = Kind.LOST, received: int = 400_000
) -> Evidence:
    """600 bytes are not at offset 50,000, where ``came`` came."""
    about = {"sent": 400_000, "received": received, "offset": AT, "length": LENGTH}
    what = seen(
        "0.1 sent 400000; 0.2 half-closed",
        received=received,
        echoed=AT,
        surplus=came[:SURPLUS_KEPT],
        ending=Ending.FIN,
    )
    return failed(check_id, found(kind, **about), what, plan=PLAN)


LATE = BEHIND[:80_000] + PIECE + BEHIND[80_000:]
ONE, OTHER = "partial-send/both-ways", "partial-send/small-window"


@pytest.mark.parametrize("kind", [Kind.LOST, Kind.REORDERED])
def test_a_piece_that_comes_late_has_been_overtaken(kind: Kind) -> None:
    """In one check it is seen; in the other it came later still."""
    both = case(skipped(ONE, BEHIND), skipped(OTHER, LATE, kind))
    assert causes(both) == ["queue-order"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (skipped(ONE, BEHIND), skipped(OTHER, BEHIND)),
        (skipped(ONE, BEHIND, received=399_400), skipped(OTHER, BEHIND, received=399_400)),
        (skipped(ONE, LATE), skipped(ONE, LATE)),
    ],
    ids=["not seen to come", "lost", "in one check"],
)
def test_where_it_is_not_seen_nothing_is_claimed(one: Evidence, other: Evidence) -> None:
    """As many bytes may be others; and one check is not many."""
    assert "queue-order" not in causes(case(one, other))


WAITING = alone(Connect(), StopReading(), Send(STREAM), StartReading(), HalfClose(), AwaitEcho())


@pytest.mark.parametrize(
    ("plan", "cause"), [(PLAN, "answers-overtake"), (WAITING, "queue-order")], ids=["", "waits"]
)
def test_whole_reads_that_come_late_are_answers_of_their_own(plan: Plan, cause: str) -> None:
    """Three times the same length, also where the client reads all the time: what finds no room is
    as long as it happens to be.  Where all have waited, the queue may hold whole reads."""
    several = [
        msgspec.structs.replace(skipped(one, LATE, Kind.REORDERED), plan=plan)
        for one in (ONE, OTHER, "partial-send/stalled-reader")
    ]
    assert causes(case(*several)) == [cause]
