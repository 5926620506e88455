"""Readers that go on, slowly, and are cut off."""

from __future__ import annotations

import pytest

from harness.diagnosis import Evidence
from harness.diagnosis.rules.stuck_readers import gives_up
from harness.values.plan import AwaitEcho, Connect, HalfClose, Plain, Send, StartReading, one
from harness.values.trace import Ending
from harness.values.verdict import Finding, Kind
from tests.diagnosis.made import case, causes, failed, found, seen

SLOWLY, STALLED = "partial-send/slow-reader", "partial-send/stalled-reader"
SENT = 9_437_184


def cut_off(check_id: str, after: float) -> Evidence:
    """A client that reads 2,000 bytes each 4 ms, so many seconds after it has come."""
    slow = StartReading(chunk=2000, gap=0.004, limit=1_600_000)
    plan = one(Connect(), slow, Send(Plain(seed=1, size=SENT)), AwaitEcho(), HalfClose())
    ended = 0.2 + after
    got = seen(
        f"0.2 connected; 0.2 sent {SENT}; 0.3 received 1404212; {ended} target reset (RST)",
        ending=Ending.RST,
        ended=ended,
    )
    about = {"sent": SENT, "received": 1_404_212, "offset": 1_404_212, "ending": "rst"}
    return failed(check_id, found(Kind.EARLY_CLOSE, **about), got, plan=plan)


@pytest.mark.parametrize(
    ("after", "told"),
    [
        (4.18, ["gives-up-on-slow-reader"]),  # three seconds since something has changed
        (4.006, ["time-limit"]),
        (0.4, []),
    ],
)
def test_who_goes_on_reading_is_cut_off(after: float, told: list[str]) -> None:
    """After so many seconds of its life, or some time that nobody chose for that."""
    named = causes(case(cut_off(SLOWLY, after), passed=[STALLED]))
    assert [one for one in named if one in ("gives-up-on-slow-reader", "time-limit")] == told


def test_where_others_are_cut_off_too_it_is_no_matter_of_the_reader() -> None:
    """One that stalls, for instance, or that is silent."""
    both = cut_off(SLOWLY, 4.18), cut_off("sessions/no-crosstalk", 4.18)
    assert "gives-up-on-slow-reader" not in causes(case(*both, passed=[STALLED]))


def test_where_no_other_reader_was_tried_nothing_is_said_of_them() -> None:
    """As with ``--only partial-send/slow-reader``."""
    assert "gives-up-on-slow-reader" not in causes(case(cut_off(SLOWLY, 4.18)))


CUT_OFF = found(Kind.TRUNCATED, sent=90_000, received=9_000, ending="rst")
LATE = seen("0.1 sent 90000; 0.2 half-closed; 0.2-0.4 received 9000; 2.2 reset", ended=2.2)


@pytest.mark.parametrize(
    ("findings", "told"),
    [([CUT_OFF], True), ([CUT_OFF, found(Kind.EARLY_CLOSE, 1)], False)],
    ids=["after its end", "before its end, too"],
)
def test_a_reader_that_is_late_after_its_end(findings: list[Finding], told: bool) -> None:
    """Its patience is over; where another is cut off before its end, it is something else."""
    late = case(failed("shutdown/lagging-reader", findings, LATE, LATE))
    assert (gives_up(late) is not None) is told
