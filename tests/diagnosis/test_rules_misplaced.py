"""What waits to be sent is read from a wrong place, and whoever reads at once gets everything."""

from __future__ import annotations

import pytest

from harness.diagnosis import Evidence
from harness.values.plan import AwaitEcho, Connect, Literal, Send, StartReading, StopReading
from harness.values.plan import one as alone
from harness.values.verdict import Kind
from tests.diagnosis.made import case, causes, failed, found, seen

PRESSED = (
    "partial-send/stalled-reader",
    "partial-send/slow-reader",
    "partial-send/both-ways",
    "partial-send/small-window",
    "shutdown/lagging-reader",
)
SENT = bytes(range(1, 251)) * 400
PLAN = alone(Connect(), StopReading(), Send(Literal(SENT)), StartReading(), AwaitEcho())


def wrong(check_id: str, kind: Kind, got: bytes = b"", more: int = 0, **facts: object) -> Evidence:
    """Something is wrong at offset 40,000 of 100,000 bytes; ``more`` came than was sent."""
    about = {
        "sent": len(SENT),
        "received": len(SENT) + more,
        "offset": 40_000,
        "length": 500,
        "expected": SENT[40_000:40_048].hex(),
        "got": got.hex(),
        "window_start": 40_000,
        **facts,
    }
    return failed(check_id, found(kind, **about), seen("0.1 sent 100000"), plan=PLAN)


@pytest.mark.parametrize(
    ("ids", "more", "told"),
    [
        (PRESSED, 0, "ring-wrap"),
        (PRESSED, 500, "buffer-not-filled"),
        ((*PRESSED, "chunking/uneven"), 0, "buffer-not-filled"),
    ],
)
def test_zeros_of_a_ring(ids: tuple[str, ...], more: int, told: str) -> None:
    """As many bytes as were sent, and only where output waits: nothing more is sent than was put
    there, but it is looked for in another place."""
    zeros = [wrong(i, Kind.CHANGED, bytes(48), more) for i in ids]
    assert causes(case(*zeros))[:1] == [told]


@pytest.mark.parametrize(("more", "told"), [(0, ["buffer-overwritten"]), (77, [])])
def test_earlier_bytes_in_the_place_of_others(more: int, told: list[str]) -> None:
    """In all as many as were sent: they took the place of bytes that waited."""
    message = "500 bytes at offset 40,000 came twice: they were sent at offset 20,000"
    twice = [wrong(i, Kind.DUPLICATED, more=more, message=message) for i in PRESSED[2:]]
    assert causes(case(*twice)) == told


@pytest.mark.parametrize(
    ("earlier", "more", "told"),
    [("39,500", 500, ["send-retried-from-start"]), ("39,500", 0, []), ("20,000", 500, [])],
)
def test_a_block_that_comes_twice_at_once(earlier: str, more: int, told: list[str]) -> None:
    """One directly behind the other, and more in all than was sent: a part was sent again."""
    message = f"500 bytes at offset 40,000 came twice: they were sent at offset {earlier}"
    ids = ("partial-send/small-window", "sessions/no-crosstalk")
    twice = [wrong(i, Kind.DUPLICATED, more=more, message=message) for i in ids]
    assert causes(case(*twice)) == told


@pytest.mark.parametrize(("back", "told"), [(3500, ["send-retried-from-start"]), (80_000, [])])
def test_a_rest_that_is_taken_from_the_beginning_of_its_block(back: int, told: list[str]) -> None:
    """Where it begins the bytes stand again that the block begins with, so many as were left."""
    message = (
        f"500 bytes at offset 90,000 came back changed: they stand at offset {90_000 - back:,}, too"
    )
    again = [wrong(i, Kind.CHANGED, b"x" * 48, offset=90_000, message=message) for i in PRESSED[2:]]
    named = causes(case(*again))
    assert [one for one in named if one == "send-retried-from-start"] == told
