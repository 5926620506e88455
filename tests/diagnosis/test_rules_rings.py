"""A ring that is full, and a length of 16 bits: both lose 65,536 bytes at a time."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest

from harness.diagnosis import Case, Evidence
from harness.values.plan import (
    AwaitEcho,
    Connect,
    HalfClose,
    PauseTarget,
    Plain,
    ResumeTarget,
    Send,
    one,
)
from harness.values.trace import Ending
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


def lost_whole(size: int) -> tuple[Evidence, ...]:
    """Two messages that lie in the receive buffer, to be read at once, do not come back."""
    plan = one(
        Connect(), PauseTarget(), Send(Plain(seed=2, size=size)), ResumeTarget(), HalfClose()
    )
    wrong = found(Kind.TRUNCATED, sent=size, received=0, offset=0, length=size)
    seen_so = seen(f"0.1 sent {size}; 0.2 half-closed", ending=Ending.FIN)
    check_id = "chunking/exact-read-then-end"
    return (
        failed(check_id, wrong, seen_so, plan=plan),
        failed("fuzz/x", wrong, seen_so, plan=plan),
    )


@pytest.mark.parametrize(
    ("lengths", "told"),
    [
        ((RING // 2, RING // 2, RING, 2 * RING), ["ring-wrap"]),
        ((RING, RING, RING, RING), ["counter-wraps"]),
    ],
)
def test_half_of_what_16_bits_count_is_a_ring(lengths: Sequence[int], told: list[str]) -> None:
    """A message of 65,536 bytes is lost by both; a length that wraps never loses fewer."""
    some = gaps(lengths)
    both = msgspec.structs.replace(some, failures=(*some.failures, *lost_whole(RING)))
    assert causes(both) == told
