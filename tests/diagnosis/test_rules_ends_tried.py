"""What the experiment with the client's end says about a connection that ends wrongly."""

from __future__ import annotations

import msgspec
import pytest

from harness.diagnosis import Evidence
from harness.values.plan import AwaitEcho, Connect, HalfClose, Plain, Send, StopReading, one
from harness.values.trace import Ending
from harness.values.verdict import Kind
from tests.diagnosis.made import case, causes, failed, found, seen

LAGS, WITH_DATA = "shutdown/lagging-reader", "shutdown/data-with-fin"
ALL_WELL = {"later": "fin", "nothing": "fin", "together": "fin", "much": "fin", "pending": "fin"}
AT_EASE = {"stalls": True, "kind": "", "interrupted_kind": "", "ending": "open"}
SENT = 6_291_456
END_NOW = seen("0.1 sent 9000; 0.1 half-closed", ending=Ending.RST)


def lost_late(ending: Ending, output: str = "") -> Evidence:
    """The reader comes back late, and the rest is lost."""
    plan = one(Connect(), StopReading(), Send(Plain(seed=1, size=SENT)), HalfClose(), AwaitEcho())
    got = seen(
        f"0.1 sent {SENT}; 0.2 half-closed; 2.7 received 4000000",
        ending=ending,
        ended=2.7,
    )
    about = {"sent": SENT, "received": 4_000_000, "offset": 4_000_000, "length": SENT - 4_000_000}
    wrong = found(Kind.TRUNCATED, **about, ending=ending.value)
    return failed(LAGS, wrong, got, plan=plan, output=output)


@pytest.mark.parametrize(
    ("end", "told"),
    [
        ({**ALL_WELL, "pending": "rst", "pending_missing": 4_158_440}, "reset-instead-of-fin"),
        (
            {**ALL_WELL, "much": "rst", "much_missing": 9000, "pending": "rst"},
            "half-close-ends-at-once",
        ),
    ],
)
def test_a_reset_of_what_was_read_is_no_end_at_once(end: dict[str, str], told: str) -> None:
    """Where all that comes with the end is answered only what waits for the client is thrown
    away."""
    late = lost_late(Ending.RST)
    plan = one(Connect(), Send(Plain(seed=2, size=9000)), HalfClose())
    about = {"sent": 9000, "received": 0, "offset": 0, "length": 9000, "ending": "rst"}
    small = failed(WITH_DATA, found(Kind.TRUNCATED, **about), END_NOW, plan=plan)
    failures = [late] if told == "reset-instead-of-fin" else [late, small]
    assert causes(case(*failures, end=end, slow_reader=AT_EASE)) == [told]


@pytest.mark.parametrize(
    ("end", "output", "told"),
    [
        (ALL_WELL, "WARNING: client is not responding", "gives-up-on-slow-reader"),
        (ALL_WELL, "", "pending-dropped-at-end"),
        ({**ALL_WELL, "pending_missing": 4_000_000}, "timed out", "pending-dropped-at-end"),
        ({}, "timed out", "pending-dropped-at-end"),
    ],
    ids=["soon all is well", "says nothing", "soon, too", "not tried"],
)
def test_who_reads_on_soon_gets_everything(
    end: dict[str, str | int], output: str, told: str
) -> None:
    """So it is a matter of time, and not of the end, if the target says so, too."""
    assert causes(case(lost_late(Ending.FIN, output), end=end)) == [told]


def stays_open(check_id: str, size: int) -> Evidence:
    plan = one(Connect(), StopReading(), Send(Plain(seed=3, size=size)), HalfClose())
    about = {"sent": size, "received": size}
    got = seen(f"0.1 sent {size}; 0.2 received {size}", ending=Ending.OPEN)
    return failed(check_id, found(Kind.NO_END, **about), got, plan=plan)


@pytest.mark.parametrize(
    ("command", "together", "told"),
    [
        ("./server", "open", "edge-not-drained"),
        ("node", "open", None),
        ("./server", "fin", "end-lost-when-full"),
    ],
)
def test_an_end_with_a_few_bytes_has_nothing_to_wait_for(
    command: str, together: str, told: str | None
) -> None:
    """No queue is full then; where events come once it was never read."""
    open_ones = [stays_open(WITH_DATA, 15), stays_open(LAGS, SENT)]
    tried = case(*open_ones, end={**ALL_WELL, "together": together})
    named = [
        one
        for one in causes(msgspec.structs.replace(tried, command=(command,)))
        if one in ("edge-not-drained", "end-lost-when-full")
    ]
    assert named == ([told] if told else [])
