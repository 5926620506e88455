"""A ring that is full, and a length of 16 bits: both lose 65,536 bytes at a time."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from harness.diagnosis import Case
from harness.values.plan import AwaitEcho, Connect, HalfClose, Plain, Send, one
from harness.values.verdict import Kind
from tests.diagnosis.made import case, causes, failed, found, seen

CHECKS = ("identity/long-stream", "chunking/uneven", "sessions/no-leftovers", "fuzz/plans")
SENT, RING = 2_000_000, 65_536
PLACES = (4096, 4096, 10_240, 16_384)


def gaps(lengths: Sequence[int]) -> Case:
    """One gap on a connection of each check, of so many bytes, and then more comes."""
    plan = one(Connect(), Send(Plain(seed=1, size=SENT)), AwaitEcho(), HalfClose())
    evidence = []
    for check_id, at, length in zip(CHECKS, PLACES, lengths, strict=True):
        got = seen(
            f"0.1 sent {SENT}; 0.2 received {SENT - length}", echoed=at, surplus=b"later bytes"
        )
        wrong = found(Kind.LOST, sent=SENT, received=SENT - length, offset=at, length=length)
        evidence.append(failed(check_id, wrong, got, plan=plan))
    return case(*evidence)


@pytest.mark.parametrize(
    ("lengths", "told"),
    [
        ((RING, RING, RING, RING), "counter-wraps"),
        ((RING, RING, RING, 16 * RING), "ring-wrap"),
    ],
)
def test_more_than_a_read_at_once(lengths: Sequence[int], told: str) -> None:
    """A read of 65,536 bytes more counts as less; but no program reads a MiB at once, so what is
    lost then is a ring that is full and counts as empty."""
    assert causes(gaps(lengths)) == [told]
