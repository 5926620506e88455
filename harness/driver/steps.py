"""What each step of a script does to a conversation: a table from step type to a function.

A function is called again and again until it says that the step is done.  It returns what to do
next: an `Action`, or one of DONE (the step is over), AGAIN (there may be something to write now)
and None (nothing, until something happens or `Conversation.wake` has come).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from harness.driver.actions import (
    AGAIN,
    DONE,
    FINISH,
    HALF_CLOSE,
    Action,
    Look,
    Then,
    Urgent,
    Write,
)
from harness.driver.conversation import NEVER, UNKNOWN, Conversation
from harness.driver.waits import await_echo, await_end, await_stall, read_until_taken, wait
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


def advance(talk: Conversation, now: float) -> Action | None:
    """Go on with the script as far as it goes without waiting: what is to be done next.

    None: nothing, until something happens or `Conversation.wake` has come.
    """
    talk.wake = NEVER
    steps, outgoing, pulse = talk.steps, talk.outgoing, talk.pulse
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
        if then is DONE:  # that is progress, also if it was a wait on purpose
            talk.pc += 1
            pulse.moved = now
            talk.scratch = None
        elif then is None:
            if outgoing.queue or talk.reading.not_before:
                _wake_for_bytes(talk, now)
            return None
        elif then is not AGAIN:
            return then


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
        return talk.prepare(step)
    return DONE if talk.connected or not talk.open else None


def half_close(talk: Conversation, step: HalfClose, now: float) -> Action | Then | None:
    if not talk.open or talk.scratch is not None:
        return DONE
    if talk.outgoing.queue:
        talk.outgoing.end_follows = step.background
        return DONE if step.background else None
    talk.scratch = True
    return HALF_CLOSE


def close(talk: Conversation, step: Close, now: float) -> Action | Then:
    return talk.leave(now, "closed") or DONE


def reset(talk: Conversation, step: Reset, now: float) -> Action | Then:
    return talk.leave(now, "reset") or DONE


# --- bytes --------------------------------------------------------------------------------------


def send(talk: Conversation, step: Send, now: float) -> Then | None:
    outgoing = talk.outgoing
    if talk.scratch is None:
        persist = talk.pulse.persist
        if not talk.open or not (talk.incoming.clean or persist):
            return DONE  # what is wrong already needs no more bytes
        if persist and talk.all_echoed:
            talk.settle()
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
