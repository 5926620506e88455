"""What a client saw, kept short."""

from __future__ import annotations

from harness.driver.timeline import KEPT, Timeline
from harness.values.trace import Moment


def test_transfers_in_a_row_become_one() -> None:
    """With all their bytes, and the times of the first and the last."""
    timeline = Timeline()
    for at, what, size in ((0.1, "sent", 5), (0.2, "sent", 6), (0.3, "received", 11)):
        timeline.note(at, what, size)
    assert timeline.moments() == (Moment(0.1, "sent", 11, 0.2), Moment(0.3, "received", 11))


def test_what_is_no_transfer_is_not_added_up() -> None:
    """A target that stalls twice with a megabyte on its way does not stall with two."""
    timeline = Timeline()
    for at in (0.1, 0.2):
        timeline.note(at, "target stalls", 1_000_000)
    assert [m.size for m in timeline.moments()] == [1_000_000] * 2


def test_the_beginning_and_the_end_are_kept() -> None:
    """Whatever lies between."""
    timeline = Timeline()
    for number in range(5 * KEPT):
        timeline.note(number, "sent" if number % 2 else "received", 1)
    kept = [m.at for m in timeline.moments()]
    assert kept == [*range(KEPT), *range(4 * KEPT, 5 * KEPT)]
