"""One client of datagrams, driven by hand: no socket, and a clock that stands still until set."""

from __future__ import annotations

from harness.driver.asking import Action, Asking, Do, Out
from harness.driver.pulse import Pulse
from harness.driver.timeline import Timeline
from harness.values.datagrams import Ask, AwaitAnswers, DatagramScript, Leave, Step
from harness.values.plan import Literal, Meet, Wait

THERE = ("127.0.0.1", 7007)
A, B = Ask(Literal(b"alpha")), Ask(Literal(b"beta"))


class Talking:
    """``steps`` being performed; what is sent goes to ``sent``."""

    def __init__(self, *steps: Step, patience: float = 3.0) -> None:
        self.now = 0.0
        self.pulse = Pulse(0.0, patience)
        self.talk = Asking(DatagramScript(steps), self.pulse, Timeline())
        self.talk.target = THERE
        self.sent: list[bytes] = []

    def go(self, after: float = 0.0) -> Action | None:
        """Send what is wanted, ``after`` so many seconds; then what else is wanted."""
        self.now += after
        while isinstance(action := self.talk.advance(self.now), Out):
            self.sent.append(action.data)
            self.talk.sent(action.index, self.now)
        return action

    def hears(self, data: bytes, source: tuple[str, int] = THERE) -> None:
        self.talk.received(data, source, self.now)


def test_what_is_answered_is_not_asked_again() -> None:
    """An answer ends the wait, in whatever order answers come."""
    one = Talking(A, B, AwaitAnswers())
    assert one.go() is None
    assert one.sent == [b"alpha", b"beta"]
    one.hears(b"beta")
    one.hears(b"alpha")
    assert one.go() is Do.FINISH
    assert [(a.times, a.answers) for a in one.talk.trace().asked] == [(1, 1), (1, 1)]


def test_late_answers_are_waited_for_where_each_counts() -> None:
    """A slow server answers as often as it was asked; when nothing comes for a second it does
    not."""

    def asked_twice() -> Talking:
        one = Talking(A, AwaitAnswers(), AwaitAnswers(each=True))
        one.go()
        one.go(0.25)
        one.hears(b"alpha")
        assert one.sent == [b"alpha"] * 2
        assert one.go() is None
        return one

    slow, lossy = asked_twice(), asked_twice()
    assert slow.go(0.9) is None
    slow.hears(b"alpha")
    assert slow.go() is Do.FINISH
    assert lossy.go(0.9) is None
    assert lossy.talk.wake == 1.25
    assert lossy.go(0.1) is Do.FINISH
    assert lossy.sent == [b"alpha"] * 2


def test_what_is_lost_is_asked_again_after_silences_that_double() -> None:
    """A quarter of a second, a half, a whole one: only what has no answer."""
    one = Talking(A, B, AwaitAnswers())
    one.go()
    one.hears(b"alpha")
    assert one.go(0.2) is None
    assert one.talk.wake == 0.25
    for after, times in ((0.05, 2), (0.4, 2), (0.1, 3), (0.9, 3), (0.1, 4)):
        assert one.go(after) is None
        assert one.sent.count(b"beta") == times
    assert one.sent.count(b"alpha") == 1


def test_a_burst_that_was_lost_is_asked_again_piece_by_piece() -> None:
    """The buffer that was too small for all of it is not filled again."""
    many = [Ask(Literal(b"%d" % n)) for n in range(40)]
    one = Talking(*many, AwaitAnswers())
    one.go()
    assert len(one.sent) == 40
    one.go(0.3)
    assert one.sent[40:] == [b"%d" % n for n in range(8)]
    for n in range(8):
        one.hears(b"%d" % n)
    one.go()
    assert one.sent[48:] == [b"%d" % n for n in range(8, 16)]  # at once: it answers


def test_fewer_are_asked_at_a_time_while_some_stay_without_an_answer() -> None:
    """Some servers (xinetd) answer one, and throw away what waits behind it."""
    one = Talking(*[Ask(Literal(b"%d" % n)) for n in range(8)], AwaitAnswers())
    one.go()
    heard = 0
    for _ in range(40):
        before = len(one.sent)
        if one.go(0.25) is Do.FINISH:
            break
        for data in one.sent[before : before + 1]:
            one.hears(data)
            heard += 1
    assert heard == 8
    assert [a.answers for a in one.talk.trace().asked] == [1] * 8


def test_silence_counts_only_after_several_asks() -> None:
    """A plan whose patience ends early says nothing about what was asked once."""
    one = Talking(A, AwaitAnswers(), B)
    one.go()
    one.talk.give_up(0.1, one.now)
    assert one.go() is Do.FINISH
    assert one.talk.trace().asked[0].waited is None
    two = Talking(A, AwaitAnswers())
    two.go()
    two.go(0.3)
    two.go(0.6)
    two.talk.give_up(3.0, two.now)
    assert two.go() is Do.FINISH
    assert two.talk.trace().asked[0].waited == 3.0


def test_the_least_patience_leaves_room_for_three_rounds() -> None:
    """Where patience is short the rounds are."""
    one = Talking(A, AwaitAnswers(), patience=0.3)
    one.go()
    while one.talk.wake < 0.3:
        one.now = one.talk.wake
        one.go()
    assert len(one.sent) == 4


def test_a_wrong_answer_is_not_waited_for_again() -> None:
    """What came in its place tells enough: the wait ends after a moment."""
    one = Talking(A, AwaitAnswers())
    one.go()
    one.hears(b"alp")
    assert one.go(0.1) is None
    assert one.go(0.2) is Do.FINISH
    assert one.sent == [b"alpha"]
    assert one.talk.trace().came[0].data == b"alp"


def test_a_stranger_ends_no_wait() -> None:
    """What comes from elsewhere and is no answer may be anybody's."""
    one = Talking(A, AwaitAnswers())
    one.go()
    one.hears(b"noise", ("127.0.0.9", 9))
    assert one.go(0.3) is None
    assert len(one.sent) == 2


def test_equal_datagrams_have_an_answer_each() -> None:
    """Two that are alike are answered by two."""
    one = Talking(A, A, AwaitAnswers())
    one.go()
    one.hears(b"alpha")
    assert one.go(0.1) is None
    one.hears(b"alpha")
    assert one.go() is Do.FINISH
    one.hears(b"alpha")
    assert [a.answers for a in one.talk.trace().asked] == [1, 2]


def test_who_does_not_insist_goes_on_after_a_moment() -> None:
    """Nothing is asked again."""
    one = Talking(A, AwaitAnswers(briefly=True))
    one.go()
    assert one.go(0.2) is None
    assert one.go(0.1) is Do.FINISH
    assert one.sent == [b"alpha"]


def test_nobody_there_ends_the_wait_early() -> None:
    """When the system says again and again that the port is closed, patience has nothing to add."""
    one = Talking(A, AwaitAnswers())
    one.go()
    for after in (0.25, 0.5):
        one.talk.was_refused(one.now)
        assert one.go(after) is None
    one.talk.was_refused(one.now)
    assert one.go() is Do.FINISH
    assert one.talk.trace().refused == 3


def test_steps_of_others_and_waits_are_handed_out() -> None:
    """Meetings are for whoever knows the others; time passes by the clock; leaving is said."""
    one = Talking(Meet("x"), Wait(0.5), A, Leave())
    assert one.go() == Meet("x")
    one.talk.performed(one.now)
    assert one.go() is None
    assert one.talk.wake == 0.5
    assert one.go(0.5) is Do.LEAVE
    one.talk.leave(one.now)
    assert one.go() is Do.FINISH
    assert [m.what for m in one.talk.trace().timeline] == ["asked", "left"]
