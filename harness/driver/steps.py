"""What each step of a script does to a conversation: a table from step type to a function.

A function is called again and again until it says that the step is done.  It returns what to do
next: an `Action`, or one of DONE (the step is over), AGAIN (there may be something to write now)
and None (nothing, until something happens or `Conversation.wake` has come).
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Any, cast

from harness.driver.actions import (
    FINISH,
    HALF_CLOSE,
    SPOIL,
    Action,
    Look,
    Rest,
    Urgent,
    Write,
)
from harness.driver.conversation import NEVER, UNKNOWN, Conversation
from harness.driver.looking import LOOK_EVERY, held_since, look_again_at
from harness.values.plan import (
    NEEDS_PROCESS,
    AwaitEcho,
    AwaitEnd,
    AwaitStall,
    Close,
    Connect,
    HalfClose,
    Meet,
    ReadSome,
    ReadUntilTaken,
    Reset,
    Send,
    SendUrgent,
    StartReading,
    Step,
    StopReading,
    Wait,
    size_of,
)

HURRIED = 0.03
"""Seconds without progress after which no more is expected of a connection whose bytes are wrong
already, when whoever performs the plan is in a hurry."""
STALLED = (8, LOOK_EVERY)
"""Looks in a row that must see neither progress nor a thread awake: the target stalls."""
STALLED_IN_A_HURRY = (4, 0.001)
REMOTE_STALL = 0.3
"""Seconds without progress that count as a stall where the target cannot be watched."""


class Then(enum.Enum):
    """What a step may say instead of what to do."""

    DONE = enum.auto()
    AGAIN = enum.auto()


DONE, AGAIN = Then.DONE, Then.AGAIN


def advance(talk: Conversation, now: float) -> Action | None:
    """Go on with the script as far as it goes without waiting: what is to be done next.

    None: nothing, until something happens or `Conversation.wake` has come.
    """
    talk.wake = NEVER
    steps, outgoing = talk.steps, talk.outgoing
    end = len(steps)
    while True:
        if outgoing.queue and not outgoing.blocked:
            if piece := outgoing.piece(now, talk.incoming.received):
                return Write(piece)
        elif outgoing.end_due:
            outgoing.end_due = False
            return HALF_CLOSE
        if talk.pc == end:
            return FINISH
        step = steps[talk.pc]
        then = PERFORM[type(step)](talk, step, now)
        if then is DONE:
            done(talk, now)
        elif then is None:
            _wake_for_bytes(talk, now)
            return None
        elif then is not AGAIN:
            return cast("Action", then)


def done(talk: Conversation, now: float) -> None:
    """The step is over.  That is progress, also if it was a wait on purpose."""
    talk.pc += 1
    talk.pulse.moved = now
    talk.scratch = None


def _wake_for_bytes(talk: Conversation, now: float) -> None:
    if due := talk.outgoing.waits_until(now, talk.incoming.received):
        talk.wake = min(talk.wake, due)
    if talk.reading.not_before > now:
        talk.wake = min(talk.wake, talk.reading.not_before)


def elsewhere(talk: Conversation, step: Step, now: float) -> Step:
    """A step for whoever knows the other scripts and the target."""
    return step


# --- the connection -----------------------------------------------------------------------------


def connect(talk: Conversation, step: Connect, now: float) -> Action | Then | None:
    if not talk.held:
        return talk.prepare(step.receive_buffer)
    return DONE if talk.connected or not talk.open else None


def half_close(talk: Conversation, step: HalfClose, now: float) -> Action | Then | None:
    if not talk.open or talk.scratch is not None:
        return DONE
    if talk.outgoing.queue:
        talk.outgoing.end_follows = step.background
        return DONE if step.background else None
    talk.scratch = True
    return HALF_CLOSE


def await_end(talk: Conversation, step: AwaitEnd, now: float) -> Then | None:
    if not talk.open or (not talk.incoming.clean and _nothing_more_comes(talk, now)):
        return DONE
    return None


def close(talk: Conversation, step: Close, now: float) -> Action | Then:
    return talk.leave(now, "closed") or DONE


def reset(talk: Conversation, step: Reset, now: float) -> Action | Then:
    return talk.leave(now, "reset") or DONE


# --- bytes --------------------------------------------------------------------------------------


def send(talk: Conversation, step: Send, now: float) -> Then | None:
    outgoing = talk.outgoing
    if talk.scratch is None:
        if not talk.open or not talk.incoming.clean:
            return DONE  # what is wrong already needs no more bytes
        talk.scratch = True
        outgoing.add(step, outgoing.next_message(size_of(step.payload)), now)
        return AGAIN
    if talk.endless:
        outgoing.clear()
    return DONE if step.background or not outgoing.queue or not talk.open else None


def send_urgent(talk: Conversation, step: SendUrgent, now: float) -> Action | Then | None:
    if not talk.open or talk.scratch is not None:
        return DONE
    return None if talk.outgoing.queue else Urgent(step.byte)


def await_echo(talk: Conversation, step: AwaitEcho, now: float) -> Action | Then | None:
    clean = talk.incoming.clean
    if talk.asked is not None and clean and talk.all_echoed:
        return SPOIL
    if not talk.open or talk.all_echoed or talk.resigned:
        return DONE
    if not clean:
        talk.resigned = _nothing_more_comes(talk, now)
        return DONE if talk.resigned else None
    if not step.briefly or not _nothing_moved(talk, talk.pulse.brief.seconds, now):
        return None
    talk.pulse.brief.was_in_vain()
    return DONE


# --- reading ------------------------------------------------------------------------------------


def stop_reading(talk: Conversation, step: StopReading, now: float) -> Then:
    talk.reading.stop(now)
    return DONE


def start_reading(talk: Conversation, step: StartReading, now: float) -> Action | Then:
    reading, received = talk.reading, talk.incoming.received
    if not reading.on and talk.open:
        if talk.answer is UNKNOWN:
            return Look.WAITING
        reading.was_held_up(now, received + cast("int", talk.take_answer()))
    reading.start(step, received)
    return DONE


def read_some(talk: Conversation, step: ReadSome, now: float) -> Then | None:
    received = talk.incoming.received
    if talk.scratch is None:
        talk.scratch = True
        talk.reading.target = received + step.size
    return DONE if not talk.open or received >= talk.reading.target else None


def read_until_taken(talk: Conversation, step: ReadUntilTaken, now: float) -> Action | Then | None:
    """Each time that nothing moves any more, read a little, so that the target can go on."""
    received, written = talk.incoming.received, talk.outgoing.written
    if not talk.open or received >= written:
        return DONE
    if talk.answer is UNKNOWN:
        return Look.UNTAKEN
    left = cast("int | None", talk.take_answer())
    if left is None or left <= 1:
        return DONE
    if _holds_still(talk, (written, received, left), 3 * LOOK_EVERY, now):
        talk.reading.target = received + talk.reading.next_bite(left, step.size)
        talk.scratch = None
        talk.wake = now + LOOK_EVERY
    return None


# --- waiting ------------------------------------------------------------------------------------


def await_stall(talk: Conversation, step: AwaitStall, now: float) -> Action | Then | None:
    """No byte moves, no thread is awake and no CPU is used, over several looks in a row.

    Nor may it be ourselves, on a machine with too much to do, who have not yet written what could
    be written.

    A target that is awake and moves nothing either way is not waited for: it may be busy with
    each single byte of what the system's buffers hold.
    """
    pulse = talk.pulse
    if not talk.open or talk.all_echoed or talk.endless or now - pulse.moved > pulse.patience / 2:
        return DONE
    if talk.answer is UNKNOWN:
        return Look.STALL
    rest = cast("Rest | None", talk.take_answer())
    moved = (talk.outgoing.written, talk.incoming.received)
    if rest is None:
        return _stalled(talk, now) if _holds_still(talk, moved, REMOTE_STALL, now) else None
    state = (moved, rest.cpu)
    before, looks = talk.scratch if isinstance(talk.scratch, tuple) else (None, 0)
    looks = 0 if rest.awake or state != before or rest.room else looks + 1
    talk.scratch = (state, looks)
    needed, every = STALLED_IN_A_HURRY if pulse.hurry else STALLED
    if looks >= needed:
        return _stalled(talk, now)
    talk.wake = now + every
    return None


def _stalled(talk: Conversation, now: float) -> Then:
    talk.stalled = True
    talk.note(now, "target stalls", talk.outgoing.written - talk.incoming.received)
    return DONE


def wait(talk: Conversation, step: Wait, now: float) -> Then | None:
    if talk.scratch is None:
        talk.scratch = now + step.seconds
    until = cast("float", talk.scratch)
    if now >= until:
        return DONE
    talk.wake = until
    return None


# --- helpers ------------------------------------------------------------------------------------


def _holds_still(talk: Conversation, state: object, seconds: float, now: float) -> bool:
    """Whether ``state`` has been the same for ``seconds``; if not, the step is looked at again."""
    talk.scratch, since = held_since(talk.scratch, state, now)
    if now - since >= seconds:
        return True
    talk.wake = look_again_at(since + seconds, now)
    return False


def _nothing_moved(talk: Conversation, seconds: float, now: float) -> bool:
    """Whether this connection has been silent in both directions for ``seconds``."""
    moved = (talk.outgoing.written, talk.incoming.received)
    return _holds_still(talk, moved, min(seconds, talk.pulse.patience), now)


def _nothing_more_comes(talk: Conversation, now: float) -> bool:
    """Whether enough was seen of a reply that is wrong."""
    if talk.endless:
        return True
    pulse = talk.pulse
    if not _nothing_moved(talk, HURRIED if pulse.hurry else pulse.brief.seconds, now):
        return False
    pulse.brief.was_in_vain()
    return True


PERFORM: dict[type, Callable[[Conversation, Any, float], Action | Then | None]] = {
    Connect: connect,
    Send: send,
    SendUrgent: send_urgent,
    AwaitEcho: await_echo,
    HalfClose: half_close,
    AwaitEnd: await_end,
    Close: close,
    Reset: reset,
    StopReading: stop_reading,
    StartReading: start_reading,
    ReadSome: read_some,
    ReadUntilTaken: read_until_taken,
    AwaitStall: await_stall,
    Wait: wait,
    **dict.fromkeys((Meet, *NEEDS_PROCESS), elsewhere),
}
