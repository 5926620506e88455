"""Who may begin, and who meets whom, with literals."""

from __future__ import annotations

from harness.driver.meetings import Meetings
from harness.driver.schedule import Schedule
from harness.values.plan import Close, Connect, Meet, Script

SESSION = (Connect(), Close())


def test_a_script_begins_when_all_before_it_have_ended() -> None:
    """And is told of once."""
    order = Schedule(
        [Script(SESSION), Script(SESSION), Script(SESSION, after=(0, 1)), Script((), after=(2,))]
    )
    assert order.first() == [0, 1]
    assert order.end(1) == []
    assert order.end(0) == [2]
    assert order.end(2) == [3]
    assert order.kinds == {Connect, Close}
    assert order.meetings is None


def test_all_meet_at_each_visit() -> None:
    """Nobody goes on before everybody has come as often; who never comes is not waited for."""
    here = Script((Meet("here"), Meet("here")))
    places = Meetings([here, here, Script(SESSION)])
    assert places.of("here") == {0, 1}
    first = places.arrive(0, "here")
    assert not places.all_there("here", first)
    assert places.arrive(1, "here") == first == 1
    assert places.all_there("here", first)
    second = places.arrive(0, "here")
    assert not places.all_there("here", second)


def test_nobody_waits_for_who_has_ended() -> None:
    """Its end makes a difference to those who wait where only it was missing."""
    places = Meetings([Script((Meet("a"), Meet("b"))), Script((Meet("a"),)), Script((Meet("b"),))])
    visit = places.arrive(1, "a")
    assert not places.all_there("a", visit)
    assert places.end(0) == {1}
    assert places.all_there("a", visit)
    assert places.end(0) == set()
