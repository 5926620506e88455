"""The core of the driver, with literals: each step, each ending, whole and byte by byte."""

from __future__ import annotations

import ast
import math
from pathlib import Path

import pytest

import harness.driver
from harness.driver.actions import (
    FINISH,
    HALF_CLOSE,
    SPOIL,
    Action,
    Close,
    Look,
    Open,
    Rest,
    Urgent,
    Write,
)
from harness.driver.brief import BRIEFLY
from harness.driver.incoming import FIRST_INTERVAL
from harness.driver.looking import LOOK_EVERY
from harness.driver.steps import PERFORM
from harness.driver.telling import script_trace
from harness.driver.waits import (
    HURRIED,
    LONGEST,
    REMOTE_STALL,
    STALLED,
    STALLED_BRIEFLY,
    STALLED_IN_A_HURRY,
)
from harness.values import plan as p
from harness.values.plan import (
    AwaitEcho,
    AwaitEnd,
    AwaitStall,
    Connect,
    HalfClose,
    Literal,
    Measure,
    Meet,
    PauseTarget,
    ReadSome,
    ReadUntilTaken,
    Reset,
    Send,
    SendUrgent,
    StartReading,
    Step,
    StopReading,
    Wait,
)
from harness.values.trace import SURPLUS_KEPT, Ending, Moment, Stuck
from tests.driver.talking import ALL, Talking

WORD = Send(Literal(b"hello"))
CLOSE = p.Close()
COMMON = (Connect(), WORD, HalfClose(), AwaitEnd())
CORE = (
    *("actions", "brief", "conversation", "incoming", "looking", "meetings", "outcome"),
    *("outgoing", "pulse", "schedule", "silence", "steps", "timeline", "waits"),
)


@pytest.mark.parametrize("module", CORE)
def test_the_core_knows_no_socket_and_no_clock(module: str) -> None:
    """It can be tested with literals because it imports nothing that touches the world."""
    source = Path(harness.driver.__file__).with_name(f"{module}.py").read_text("utf-8")
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    assert not names & {"socket", "select", "selectors", "time", "os"}
    assert not {name for name in names if name.startswith(("harness.system", "harness.launcher"))}


# --- the common session -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("steps", "first", "end"),
    [
        (COMMON, b"hello", True),
        ((Connect(), WORD, AwaitEcho()), b"hello", False),
        ((Connect(), WORD, WORD, HalfClose()), b"hello", False),
        ((Connect(), HalfClose(), AwaitEnd()), b"", True),
        ((Connect(),), b"", False),
        ((Connect(), Wait(1.0), WORD), b"", False),
        ((Connect(), Send(Literal(b"")), HalfClose()), b"", False),
        ((Connect(), Send(Literal(b"abc"), cuts=(1,)), HalfClose()), b"", False),
        ((Connect(), Send(Literal(b"abc"), lockstep=1.0)), b"", False),
        ((Connect(), Send(Literal(b"abc"), background=True)), b"abc", False),
    ],
)
def test_opening_says_what_follows_at_once(
    steps: tuple[Step, ...], first: bytes, end: bool
) -> None:
    """What needs no look at anything between may be done together with the connect."""
    action = Talking(*steps).next()
    assert isinstance(action, Open)
    assert (bytes(action.first), action.end) == (first, end)


@pytest.mark.parametrize("takes", [1, 2, ALL])
@pytest.mark.parametrize("pieces", [1, 3, ALL])
@pytest.mark.parametrize("at_once", [True, False])
def test_the_common_session(takes: int, pieces: int, at_once: bool) -> None:
    """It comes to the same whole and byte by byte, established at once or a moment later."""
    talking = Talking(*COMMON, takes=takes)
    action = talking.next()
    assert isinstance(action, Open)
    if at_once:
        talking.open(action)
    else:
        talking.talk.under_way()
        assert talking.next() is None
        talking.talk.established(0.0)
    talking.go()
    while talking.seen.done < 3:
        talking.goes_on(takes)
    talking.hears(b"hello", pieces=pieces)
    assert talking.go() is None
    talking.ends()
    assert talking.go() is FINISH
    assert talking.talk.drop() == Close(abort=False, look=False)
    seen = talking.seen
    assert b"".join(talking.written) == b"hello"
    assert (seen.sent, seen.received, seen.echoed, seen.absorbed) == (5, 5, 5, 5)
    assert (seen.ending, seen.half_closed, seen.done, seen.error) == (Ending.FIN, True, 4, None)
    assert talking.told == ["connected", "sent", "half-closed", "received", "target closed (FIN)"]


def test_times_are_seconds_into_the_plan() -> None:
    """By the clock of whoever drives it."""
    talking = Talking(*COMMON)
    talking.go(after=1.0)
    talking.now = 2.0
    talking.hears(b"hel")
    talking.now = 2.5
    talking.hears(b"lo")
    talking.now = 3.0
    talking.ends()
    seen = talking.seen
    assert (seen.first_byte, seen.ended, talking.pulse.moved) == (2.0, 3.0, 3.0)
    received = Moment(2.0, "received", 5, 2.5)
    assert seen.timeline[3:] == (received, Moment(3.0, "target closed (FIN)"))


def test_whoever_opens_it_need_not_do_what_follows() -> None:
    """Nothing was written yet: the script goes on step by step."""
    talking = Talking(*COMMON)
    talking.next()
    talking.talk.under_way()
    talking.talk.established(0.0)
    action = talking.next()
    assert isinstance(action, Write)
    assert bytes(action.data) == b"hello"
    talking.talk.sent(5, 0.0)
    assert talking.next() is HALF_CLOSE


# --- what goes out ------------------------------------------------------------------------------


def test_a_system_that_takes_no_more_is_waited_for() -> None:
    """Write, until nothing is taken; then again from there."""
    talking = Talking(*COMMON, takes=2)
    talking.next()
    talking.talk.began(2, False, 0.0)
    assert talking.next() is None
    assert talking.talk.outgoing.blocked
    talking.talk.outgoing.blocked = False
    action = talking.next()
    assert isinstance(action, Write)
    assert bytes(action.data) == b"llo"
    talking.talk.sent(0, 0.0)
    assert talking.next() is None


def test_cuts_are_writes_of_their_own() -> None:
    """In turn, again and again."""
    talking = Talking(Connect(), Send(Literal(b"abcdefgh"), cuts=(1, 2)), AwaitEcho())
    talking.go()
    assert talking.written == [b"a", b"bc", b"d", b"ef", b"g", b"h"]


def test_gaps_are_waited_for() -> None:
    """So many seconds between two writes; it says when it goes on."""
    talking = Talking(Connect(), Send(Literal(b"abc"), cuts=(1,), gap=0.5), CLOSE)
    assert talking.go() is None
    assert (talking.written, talking.wakes_after) == ([b"a"], 0.5)
    assert talking.talk.holds_back(talking.now)
    assert talking.go(after=0.4) is None
    assert talking.written == [b"a"]
    talking.go(after=0.1)
    assert talking.go(after=0.5) is FINISH
    assert talking.written == [b"a", b"b", b"c"]


def test_lockstep_waits_for_the_echo() -> None:
    """Each piece goes when all before it came back, or when lockstep is over."""
    talking = Talking(Connect(), Send(Literal(b"abc"), cuts=(1,), lockstep=2.0), AwaitEcho())
    assert talking.go() is None
    assert (talking.written, talking.wakes_after) == ([b"a"], 2.0)
    talking.hears(b"a")
    talking.go()
    assert talking.written == [b"a", b"b"]
    talking.go(after=2.0)
    assert talking.written == [b"a", b"b", b"c"]


def test_the_background_goes_on_behind_later_steps() -> None:
    """The end follows the last byte, however late that is."""
    steps = (Connect(), Send(Literal(b"abcd"), background=True), HalfClose(background=True))
    talking = Talking(*steps, Wait(9.0), AwaitEnd(), takes=2)
    assert talking.go() is None
    assert (talking.seen.done, talking.written) == (3, [b"ab"])
    assert talking.goes_on(takes=0) is None
    assert not talking.talk.outgoing.half_closed
    talking.goes_on()
    assert talking.talk.outgoing.half_closed
    assert talking.told == ["connected", "sent", "half-closed"]


def test_the_foreground_waits_for_the_last_byte() -> None:
    """``HalfClose`` without ``background`` ends our side when all is written."""
    talking = Talking(Connect(), Send(Literal(b"ab"), background=True), HalfClose(), takes=1)
    talking.go()
    assert talking.seen.done == 2
    assert talking.goes_on() is FINISH


def test_urgent_bytes_come_after_all_else() -> None:
    """They wait for what is written before, and are no part of the stream."""
    talking = Talking(Connect(), Send(Literal(b"ab"), background=True), SendUrgent(33), takes=1)
    assert talking.go() is None
    talking.talk.outgoing.blocked = False
    talking.next()
    talking.talk.sent(1, 0.0)
    assert talking.next() == Urgent(33)
    talking.talk.sent_urgent(None, 0.0)
    assert talking.next() == Urgent(33), "the system took none at the moment"
    talking.talk.sent_urgent(True, 0.0)
    assert talking.next() is FINISH
    assert (talking.seen.sent, talking.told[-1]) == (2, "sent urgent byte")


def test_a_target_that_takes_nothing_more_is_heard_to_the_end() -> None:
    """Writing failed: reading goes on, and nothing is written any more."""
    talking = Talking(Connect(), StopReading(), WORD, HalfClose(), AwaitEnd(), takes=0)
    talking.go()
    talking.talk.write_failed("EPIPE", 1.0)
    assert talking.talk.wants_to_read(1.0)
    talking.go()
    talking.hears(b"he")
    talking.ends()
    seen = talking.seen
    assert (seen.error, seen.received, seen.ending) == ("EPIPE", 2, Ending.FIN)
    assert "write failed: EPIPE" in talking.told


# --- what comes in ------------------------------------------------------------------------------


@pytest.mark.parametrize("pieces", [1, 3, ALL])
@pytest.mark.parametrize(
    ("reply", "echoed", "surplus"),
    [
        (b"", 0, b""),
        (b"hel", 3, b""),
        (b"hello", 5, b""),
        (b"helpo", 3, b"po"),
        (b"hello!", 5, b"!"),
        (b"?hello", 0, b"?hello"),
    ],
)
def test_a_reply_is_kept_as_its_difference(
    reply: bytes, echoed: int, surplus: bytes, pieces: int
) -> None:
    """The common prefix is counted, what follows is kept, in whatever pieces it came."""
    talking = Talking(Connect(), WORD, AwaitEnd())
    talking.go()
    talking.hears(reply, pieces=pieces)
    seen = talking.seen
    assert (seen.received, seen.echoed, seen.surplus) == (len(reply), echoed, surplus)


def test_bytes_before_they_were_sent_are_no_echo() -> None:
    """Who guesses what comes has echoed nothing, and gets no more."""
    talking = Talking(Connect(), Wait(1.0), WORD, AwaitEnd())
    talking.go()
    talking.hears(b"hello")
    talking.go(after=1.0)
    seen = talking.seen
    assert (seen.echoed, seen.surplus, seen.sent) == (0, b"hello", 0)


def test_what_is_kept_is_bounded() -> None:
    """A flood is counted, and when it is far more than was sent, nothing is waited for."""
    talking = Talking(Connect(), WORD, AwaitEnd())
    talking.go()
    talking.hears(b"?" * SURPLUS_KEPT)
    assert talking.go() is None
    talking.hears(b"?" * 6)
    assert talking.go() is FINISH
    seen = talking.seen
    assert (len(seen.surplus), seen.received) == (SURPLUS_KEPT, SURPLUS_KEPT + 6)


def test_a_flood_ends_a_send() -> None:
    """More bytes make no sense against a reply without end."""
    talking = Talking(Connect(), WORD, HalfClose(), takes=1)
    talking.go()
    talking.talk.sent(0, 0.0)
    talking.hears(b"?" * (SURPLUS_KEPT + 2))
    talking.go()
    assert (talking.seen.sent, talking.talk.outgoing.half_closed) == (1, True)


# --- reading ------------------------------------------------------------------------------------


def test_reading_stops_and_goes_on() -> None:
    """Nothing is read meanwhile; then the peer is known to have been held up for as long again."""
    talking = Talking(Connect(), StopReading(), WORD, Wait(2.0), StartReading(), AwaitEcho())
    talking.go()
    assert not talking.talk.wants_to_read(talking.now)
    assert talking.go(after=2.0) is Look.WAITING
    talking.talk.answer = 3
    assert talking.go() is None
    assert talking.talk.wants_to_read(talking.now)
    assert talking.talk.resends_in() == 2.0 + FIRST_INTERVAL
    talking.hears(b"hel")
    assert talking.talk.resends_in() > 0, "that had been waiting here"
    talking.hears(b"l")
    assert talking.talk.resends_in() == 0


def test_reading_some() -> None:
    """So many bytes and no more, while reading is stopped."""
    talking = Talking(Connect(), StopReading(), WORD, ReadSome(3), Wait(1.0))
    talking.go()
    assert talking.talk.wants_to_read(0.0)
    assert talking.talk.portion() == (3, 4)
    assert talking.talk.received(b"he", 3, 0.0) is False
    assert talking.talk.portion() == (1, 4)
    talking.hears(b"l")
    talking.go()
    assert (talking.seen.done, talking.talk.wants_to_read(0.0)) == (4, False)


def test_reading_at_a_pace() -> None:
    """Chunk by chunk with gaps; after the limit, as it comes."""
    pace = StartReading(chunk=2, gap=0.5, limit=4)
    talking = Talking(Connect(), WORD, pace, AwaitEcho())
    talking.go()
    assert talking.talk.portion() == (2, 1)
    talking.hears(b"he")
    assert talking.go() is None
    assert (talking.wakes_after, talking.talk.wants_to_read(0.0)) == (0.5, False)
    assert talking.talk.holds_back(0.0)
    talking.now = 0.5
    assert talking.talk.wants_to_read(0.5)
    talking.hears(b"ll")
    assert talking.talk.reading.usual


def test_whether_to_read_on_at_once() -> None:
    """When the buffer was full, or the end is next."""
    talking = Talking(Connect(), WORD, AwaitEcho(), HalfClose(), AwaitEnd())
    talking.go()
    talk = talking.talk
    assert talk.received(b"he", 2, 0.0) is True
    assert talk.awaits_more
    assert talk.received(b"l", 9, 0.0) is False
    talk.half_closed(0.0)
    assert talk.received(b"lo", 9, 0.0) is True
    assert not talk.awaits_more


def test_reading_until_all_is_taken() -> None:
    """Each time that nothing moves, a bite; bites that move nothing grow."""
    data = Send(p.Plain(1, 1000))
    talking = Talking(Connect(), StopReading(), data, ReadUntilTaken(400), CLOSE)
    bites = []
    assert talking.go() is Look.UNTAKEN
    for left in (100, 100, 100, 100, 40, 40):
        talking.talk.answer = left
        talking.go()
        reading = talking.talk.reading
        if reading.target:
            bites.append(reading.target)
            reading.target = 0
        assert talking.next(after=3 * LOOK_EVERY) is Look.UNTAKEN
    assert bites == [50, 75, 50]
    talking.talk.answer = 1
    assert talking.go() is FINISH, "what is left is the end"


@pytest.mark.parametrize("left", [None, 0, 1])
def test_nothing_is_left_to_be_taken(left: int | None) -> None:
    """Or the system cannot tell: the step is over."""
    talking = Talking(Connect(), StopReading(), WORD, ReadUntilTaken(9))
    assert talking.go() is Look.UNTAKEN
    talking.talk.answer = left
    assert talking.go() is FINISH


# --- waiting ------------------------------------------------------------------------------------


def test_waiting_for_the_echo() -> None:
    """Until all that was written came back, or the connection ended."""
    talking = Talking(Connect(), WORD, AwaitEcho(), CLOSE)
    assert talking.go() is None
    assert talking.talk.wake == math.inf, "it insists"
    talking.hears(b"hell")
    assert talking.go() is None
    talking.hears(b"o")
    assert talking.go() is FINISH
    talking = Talking(Connect(), WORD, AwaitEcho(), CLOSE)
    talking.go()
    talking.ends()
    assert talking.go() is FINISH


def test_waiting_briefly() -> None:
    """A moment without progress is enough, and is counted as a wait in vain."""
    talking = Talking(Connect(), WORD, AwaitEcho(briefly=True), CLOSE)
    assert talking.go() is None
    assert talking.wakes_after == 4 * LOOK_EVERY
    talking.now = 0.2
    talking.hears(b"h")
    assert talking.go() is None
    assert talking.go(after=BRIEFLY - 0.01) is None
    assert talking.go(after=0.01) is FINISH


@pytest.mark.parametrize(("hurry", "seconds"), [(False, BRIEFLY), (True, HURRIED)])
@pytest.mark.parametrize("last", [AwaitEcho(), AwaitEnd()])
def test_of_wrong_bytes_no_more_is_expected(last: Step, hurry: bool, seconds: float) -> None:
    """After a moment of silence; in a hurry it is a short one."""
    talking = Talking(Connect(), WORD, last, hurry=hurry)
    talking.go()
    talking.hears(b"!")
    assert talking.go() is None
    assert talking.go(after=seconds * 0.9) is None
    assert talking.go(after=seconds * 0.11) is FINISH


def test_who_was_asked_and_sends_the_rest_spoils_the_plan() -> None:
    """Late, not lost."""
    talking = Talking(Connect(), WORD, AwaitEcho(), CLOSE)
    talking.go()
    assert talking.talk.owed
    talking.talk.ask(1.0, 1.0)
    talking.talk.half_closed(1.0)
    assert not talking.talk.owed
    assert talking.go() is None
    talking.hears(b"hello")
    assert talking.go() is SPOIL
    assert talking.seen.asked == 1.0


def test_who_persists_sends_each_message() -> None:
    """Though bytes came wrong or not at all; what came too much answers nothing that follows."""
    word, brief = Send(Literal(b"ab")), AwaitEcho(briefly=True)
    talking = Talking(Connect(), word, brief, word, brief, word, AwaitEcho(), persist=True)
    talking.go()
    talking.hears(b"?b!")
    assert talking.go() is None
    assert talking.seen.done == 4, "the second was sent, and its answer is waited for"
    assert talking.go(after=BRIEFLY) is None
    assert talking.seen.done == 6
    assert "went on" in talking.told
    talking.hears(b"ab")
    assert talking.go() is FINISH
    assert talking.written == [b"ab"] * 3


def test_time_passes() -> None:
    """``Wait`` says until when, and is progress when it is over."""
    talking = Talking(Wait(2.0))
    assert talking.go(after=1.0) is None
    assert talking.wakes_after == 2.0
    assert talking.go(after=2.0) is FINISH
    assert talking.pulse.moved == 3.0


# --- stalls -------------------------------------------------------------------------------------

ASLEEP = Rest(awake=False, cpu=1.0, room=False)


def looks_until_stalled(talking: Talking, rests: list[Rest], every: float) -> int:
    """How many of ``rests`` it takes; 0 if they are not enough."""
    assert talking.go() is Look.STALL
    for count, rest in enumerate(rests, 1):
        talking.talk.answer = rest
        if talking.go() is FINISH:
            assert talking.seen.stalled
            return count
        assert talking.wakes_after == every
        assert talking.next(after=every) is Look.STALL
    return 0


@pytest.mark.parametrize(
    ("briefly", "hurry", "rule"),
    [
        (False, False, STALLED),
        (True, False, STALLED_BRIEFLY),
        (False, True, STALLED_IN_A_HURRY),
        (True, True, STALLED_IN_A_HURRY),
    ],
)
def test_a_stall_is_seen_in_looks_that_are_all_alike(
    briefly: bool, hurry: bool, rule: tuple[int, float]
) -> None:
    """The first only says what there is to compare with."""
    talking = Talking(Connect(), StopReading(), WORD, AwaitStall(briefly), hurry=hurry)
    assert looks_until_stalled(talking, [ASLEEP] * 20, rule[1]) == rule[0] + 1
    assert talking.told[-1] == "target stalls"


@pytest.mark.parametrize(
    "sign",
    [
        Rest(awake=True, cpu=1.0, room=False),
        Rest(awake=False, cpu=1.01, room=False),
        Rest(awake=False, cpu=1.0, room=True),
    ],
)
def test_a_sign_of_life_begins_the_looks_anew(sign: Rest) -> None:
    """A thread awake, CPU time used, room for what is still to be written."""
    talking = Talking(Connect(), StopReading(), WORD, AwaitStall())
    needed, every = STALLED
    again = needed + (2 if sign.cpu != ASLEEP.cpu else 1)
    rests = [*[ASLEEP] * needed, sign, *[ASLEEP] * 20]
    assert looks_until_stalled(talking, rests, every) == needed + again


def test_who_never_rests_is_waited_for_briefly_where_that_will_do() -> None:
    """It is awake and moves nothing, and may go on like that for ever."""
    busy = Rest(awake=True, cpu=1.0, room=False)
    for briefly, seconds in ((True, 0.3), (False, 1.1)):
        talking = Talking(Connect(), StopReading(), WORD, AwaitStall(briefly), patience=2.0)
        assert talking.go() is Look.STALL
        talking.talk.answer = busy
        assert talking.go() is None
        assert talking.go(after=seconds) is FINISH
        assert not talking.seen.stalled


def test_who_stalls_late_is_waited_for_briefly_where_that_will_do() -> None:
    """A slow target uses some CPU between any two looks, for as long as it has something to do."""
    for briefly, seconds in ((True, 0.6), (False, 60.0)):
        talking = Talking(Connect(), StopReading(), WORD, AwaitStall(briefly), patience=100.0)
        assert talking.go() is Look.STALL
        passed, done = 0.0, False
        while not done and passed < seconds:
            talking.talk.answer = Rest(awake=False, cpu=passed, room=False)
            talking.talk.pulse.moved = talking.now
            done = talking.go() is FINISH
            passed += 0.01
            done = done or talking.next(after=0.01) is FINISH
        assert done is briefly
        assert not talking.seen.stalled


@pytest.mark.parametrize(("every", "stalls"), [(0.05, False), (0.5, True)])
def test_who_takes_more_now_and_then_does_not_stall(every: float, stalls: bool) -> None:
    """It sleeps between two reads; where that is shorter than asked for, a look may see it asleep
    any number of times.  One that goes on like that is left after some seconds."""
    talking = Talking(Connect(), StopReading(), WORD, AwaitStall(still=0.2), patience=100.0)
    assert talking.go() is Look.STALL
    began = taken = talking.now
    done = False
    while not done:
        if talking.now - taken >= every:
            talking.talk.outgoing.written += 1
            talking.talk.pulse.moved = taken = talking.now
        talking.talk.answer = ASLEEP
        done = talking.go() is FINISH or talking.next(after=0.01) is FINISH
    assert talking.seen.stalled is stalls
    assert talking.now - began < LONGEST + 0.1


def test_a_remote_target_stalls_when_no_byte_moves() -> None:
    """There is nothing else to look at."""
    talking = Talking(Connect(), StopReading(), WORD, AwaitStall())
    assert talking.go() is Look.STALL
    talking.talk.answer = None
    assert talking.go() is None
    assert talking.go(after=REMOTE_STALL) is Look.STALL
    talking.talk.answer = None
    assert talking.go() is FINISH
    assert talking.seen.stalled


def test_nobody_waits_for_a_busy_target_to_stall() -> None:
    """Half of the patience without a byte, or nothing left to stall with, ends the step."""
    talking = Talking(Connect(), StopReading(), WORD, AwaitStall(), patience=1.0)
    assert talking.go() is Look.STALL
    assert talking.go(after=0.51) is FINISH
    talking = Talking(Connect(), WORD, AwaitStall())
    talking.go()
    talking.hears(b"hello")
    assert talking.go() is FINISH
    assert not talking.seen.stalled


# --- steps for somebody else --------------------------------------------------------------------


@pytest.mark.parametrize("step", [Meet("place"), PauseTarget(), Measure("before")])
def test_steps_that_are_not_about_bytes_are_handed_out(step: Step) -> None:
    """Until whoever performs them says that they are done."""
    talking = Talking(step, Wait(1.0))
    assert talking.next() is step
    assert talking.next() is step
    talking.talk.performed(0.5)
    assert (talking.seen.done, talking.pulse.moved) == (1, 0.5)
    assert talking.next() is None


def test_every_step_is_in_the_table() -> None:
    """A new step cannot be forgotten."""
    assert set(PERFORM) == set(p.Step.__args__)


# --- endings ------------------------------------------------------------------------------------


def refused(talking: Talking) -> None:
    talking.next()
    talking.talk.refused("ECONNREFUSED", 0.0)


def reset(talking: Talking) -> None:
    talking.go()
    talking.ends(Ending.RST, "ECONNRESET")


def closes(talking: Talking) -> None:
    talking.go()
    talking.ends()


@pytest.mark.parametrize(
    ("steps", "meanwhile", "ending", "error", "close"),
    [
        (COMMON, refused, Ending.NEVER, "ECONNREFUSED", Close(abort=True, look=False)),
        (COMMON, reset, Ending.RST, "ECONNRESET", Close(abort=False, look=False)),
        (COMMON, closes, Ending.FIN, None, Close(abort=False, look=False)),
        ((Connect(), AwaitEnd()), closes, Ending.FIN, None, Close(abort=True, look=False)),
        ((Connect(), WORD), Talking.go, Ending.OPEN, None, Close(abort=True, look=True)),
        ((Connect(), CLOSE), Talking.go, Ending.CLIENT, None, None),
        ((Connect(), Reset()), Talking.go, Ending.CLIENT, None, None),
    ],
)
def test_endings(
    steps: tuple[Step, ...],
    meanwhile: object,
    ending: Ending,
    error: str | None,
    close: Action | None,
) -> None:
    """None is taken for another; who ended first without us keeps no port in TIME_WAIT."""
    talking = Talking(*steps)
    assert callable(meanwhile)
    meanwhile(talking)
    assert talking.go() is FINISH
    assert talking.talk.drop() == close
    assert talking.talk.drop() is None, "it is given back once"
    assert (talking.seen.ending, talking.seen.error) == (ending, error)


@pytest.mark.parametrize(
    ("step", "ended", "action"),
    [
        (CLOSE, False, Close(abort=False, look=True)),
        (CLOSE, True, Close(abort=True, look=False)),
        (Reset(), False, Close(abort=True, look=True)),
        (Reset(), True, Close(abort=True, look=False)),
    ],
)
def test_how_the_script_closes(step: Step, ended: bool, action: Close) -> None:
    """In order, or with RST when it says so or the target ended the connection first."""
    talking = Talking(Connect(), Wait(1.0), step)
    talking.go()
    if ended:
        talking.ends()
    assert talking.next(after=1.0) == action
    assert talking.next() is FINISH
    assert talking.seen.ending is (Ending.FIN if ended else Ending.CLIENT)


def test_the_target_died() -> None:
    """That is known of its process only."""
    talking = Talking(*COMMON)
    closes(talking)
    assert script_trace(talking.talk, died=True).ending is Ending.DIED


def test_patience_ends() -> None:
    """The step that waited is named, and the connection is given back with RST."""
    talking = Talking(Connect(), WORD, AwaitEcho())
    talking.go()
    assert talking.talk.give_up(3.0004, 3.0) == Close(abort=True, look=True)
    seen = talking.seen
    assert seen.stuck == Stuck(step=2, kind="await-echo", waited=3.0)
    assert (seen.ending, seen.done, talking.told[-1]) == (
        Ending.OPEN,
        2,
        "gave up waiting after 3.0 s",
    )


def test_steps_on_a_connection_that_is_gone_are_over() -> None:
    """Nothing is written, waited for or ended any more."""
    gone = (SendUrgent(), AwaitEcho(), StopReading(), ReadSome(1), ReadUntilTaken(1), AwaitStall(),
            StartReading(), HalfClose(), AwaitEnd(), CLOSE)  # fmt: skip
    talking = Talking(Connect(), AwaitEnd(), WORD, *gone)
    talking.go()
    talking.ends()
    assert talking.go() is FINISH
    assert talking.written == []
