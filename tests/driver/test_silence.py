"""What silence means, with literals: when it counts, who is asked, who gives up, what follows."""

from __future__ import annotations

import pytest

from harness.driver.conversation import Conversation
from harness.driver.manner import Manner
from harness.driver.pulse import Pulse
from harness.driver.silence import (
    ONCE_STUCK,
    STUCK_AGAIN,
    Due,
    Silence,
    is_on_purpose,
    who_is_owed,
    who_waits,
)
from harness.values.plan import (
    AwaitEcho,
    AwaitEnd,
    Connect,
    HalfClose,
    Literal,
    Meet,
    Send,
    StartReading,
    Step,
    StopReading,
    Wait,
)
from tests.driver.talking import Talking

WORD = Send(Literal(b"hello"))
INSISTS = (Connect(), WORD, AwaitEcho())
ENDS = (Connect(), WORD, HalfClose(), AwaitEnd())


def silence(manner: Manner, *kinds: type) -> Silence:
    return Silence(Pulse(0.0, manner.patience), manner, kinds)


def talk(*steps: Step, hears: bytes = b"") -> Conversation:
    talking = Talking(*steps)
    talking.go()
    talking.hears(hears)
    talking.go()
    return talking.talk


def test_patience_counts_from_the_last_progress() -> None:
    """Nothing is due before it is over."""
    what, talks = silence(Manner(patience=3.0)), [talk(*INSISTS)]
    what.pulse.moved = 10.0
    assert what.ends_at(talks) == 13.0
    assert what.due(12.9, talks) is Due.NOTHING
    assert what.due(13.0, talks) is Due.GIVE_UP


def test_the_rest_is_asked_for_once_in_a_silence() -> None:
    """After a third of the patience; progress begins another silence."""
    what, talks = silence(Manner(patience=3.0, ask=True)), [talk(*INSISTS)]
    what.pulse.moved = 10.0
    assert what.ends_at(talks) == 11.0
    assert [what.due(at, talks) for at in (10.9, 11.0, 11.1)] == [Due.NOTHING, Due.ASK, Due.NOTHING]
    assert what.ends_at(talks) == 13.0
    what.pulse.moved = 11.5
    assert what.due(12.5, talks) is Due.ASK


def test_ends_may_be_waited_for_with_less_patience() -> None:
    """Where nothing but ends is missing."""
    what = silence(Manner(patience=3.0, end_patience=0.5))
    ends = talk(*ENDS, hears=b"hello")
    assert what.due(0.5, [ends]) is Due.GIVE_UP
    assert what.due(0.5, [ends, talk(*INSISTS)]) is Due.NOTHING
    assert what.due(0.5, [talk(*ENDS, hears=b"hell")]) is Due.NOTHING


def test_a_target_that_was_held_up_gets_as_long_again() -> None:
    """Its system may need that to send what found no room here."""
    talking = Talking(Connect(), StopReading(), WORD, Wait(5.0), StartReading(), AwaitEcho())
    talking.go()
    talking.go(after=5.0)
    talking.talk.answer = 0
    talking.go()
    what = silence(Manner(patience=3.0), StopReading)
    assert what.ends_at([talking.talk]) == 5.25
    assert what.due(5.2, [talking.talk]) is Due.NOTHING
    assert what.due(5.25, [talking.talk]) is Due.GIVE_UP


@pytest.mark.parametrize(
    ("steps", "on_purpose"),
    [
        (INSISTS, False),
        ((Wait(1.0),), True),
        ((Connect(), Send(Literal(b"abc"), cuts=(1,), gap=1.0)), True),
        ((Connect(), Send(Literal(b"abc"), cuts=(1,), lockstep=1.0)), True),
        ((Meet("place"),), False),
    ],
)
def test_who_waits_on_purpose_is_not_silent(steps: tuple[Step, ...], on_purpose: bool) -> None:
    """Neither is anybody else meanwhile."""
    assert is_on_purpose([talk(*INSISTS), talk(*steps)], 0.5) is on_purpose


def test_who_is_asked() -> None:
    """Who insists on bytes that were sent, reads as they come, and has not ended its side."""
    talks = {
        0: talk(*INSISTS),
        1: talk(*INSISTS, hears=b"hello"),
        2: talk(*ENDS),
        3: talk(Connect(), WORD, AwaitEcho(briefly=True)),
        4: talk(*INSISTS, hears=b"hallo"),
        5: talk(Connect(), StopReading(), WORD, AwaitEcho()),
        6: talk(*INSISTS, hears=b"h"),
    }
    assert who_is_owed(talks) == [0, 6]


def test_who_gives_up() -> None:
    """Who waits for the target; if nobody does, those who wait for each other in a circle."""
    assert who_waits({1: talk(*INSISTS), 0: talk(Meet("a")), 2: talk(*ENDS)}) == [1, 2]
    assert who_waits({1: talk(Meet("b")), 0: talk(Meet("a"))}) == [0, 1]


def test_what_ended_in_vain_is_waited_for_less() -> None:
    """At once to a second, then half as long each time, if bytes were missing."""
    what = silence(Manner(patience=8.0))
    patience = []
    for _ in range(8):
        what.expect_less(owing=True)
        patience.append(what.pulse.patience)
    assert patience[:4] == [2.0, ONCE_STUCK / 2, ONCE_STUCK / 4, ONCE_STUCK / 8]
    assert patience[-1] == STUCK_AGAIN


def test_missing_ends_shorten_the_wait_for_ends() -> None:
    """And say nothing of bytes."""
    what = silence(Manner(patience=3.0))
    for _ in range(9):
        what.expect_less(owing=False)
    assert (what.pulse.patience, what.end_patience) == (ONCE_STUCK, STUCK_AGAIN)
