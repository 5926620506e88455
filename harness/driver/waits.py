"""The steps that wait: for the echo, for an end, for a target that stalls, for time to pass.

They are like those of ``harness.driver.steps``, whose table they are in.
"""

from __future__ import annotations

from typing import NamedTuple, cast

from harness.driver.actions import DONE, SPOIL, Action, Look, Rest, Then
from harness.driver.conversation import UNKNOWN, Conversation
from harness.driver.looking import LOOK_EVERY, held_since, look_again_at
from harness.values.plan import AwaitEcho, AwaitEnd, AwaitStall, ReadUntilTaken, Wait

HURRIED = 0.03
"""Seconds without progress after which no more is expected of a connection whose bytes are wrong
already, when whoever performs the plan is in a hurry."""
STALLED = (8, LOOK_EVERY)
"""Looks in a row that must see neither progress nor a thread awake: the target stalls."""
STALLED_BRIEFLY = (5, 0.003)
STALLED_IN_A_HURRY = (4, 0.001)
LONGEST = 9.0
"""Seconds for a target that takes more now and then: less than a plan may take."""
REMOTE_STALL = 0.3
"""Seconds without progress that count as a stall where the target cannot be watched."""


def await_echo(talk: Conversation, step: AwaitEcho, now: float) -> Action | Then | None:
    clean = talk.incoming.clean
    if talk.outcome.asked is not None and clean and talk.all_echoed:
        return SPOIL
    if not talk.open or talk.all_echoed or talk.resigned:
        return DONE
    if not clean and not talk.pulse.persist:
        talk.resigned = _nothing_more_comes(talk, now)
        return DONE if talk.resigned else None
    if not step.briefly or not _nothing_moved(talk, talk.pulse.brief.seconds, now):
        return None
    talk.pulse.brief.was_in_vain()
    if talk.pulse.persist:
        talk.note(now, "went on")
        talk.settle()
    return DONE


def await_end(talk: Conversation, step: AwaitEnd, now: float) -> Then | None:
    if not talk.open or (not talk.incoming.clean and _nothing_more_comes(talk, now)):
        return DONE
    return None


def await_stall(talk: Conversation, step: AwaitStall, now: float) -> Action | Then | None:
    """No byte moves, no thread is awake and no CPU is used, over several looks in a row.

    Nor may it be ourselves, on a machine with too much to do, who have not yet written what could
    be written.

    A target that is awake and moves nothing either way is not waited for: it may be busy with
    each single byte of what the system's buffers hold.  ``briefly`` ends also where bytes move all
    the time: a slow target stalls late.
    """
    if not talk.open or talk.all_echoed or talk.endless or _never_rests(talk, step, now):
        return DONE
    if talk.answer is UNKNOWN:
        return Look.STALL
    rest = cast("Rest | None", talk.take_answer())
    moved = (talk.outgoing.written, talk.incoming.received)
    if rest is None:
        return _stalled(talk, now) if _holds_still(talk, moved, REMOTE_STALL, now) else None
    pulse, state = talk.pulse, (moved, rest.cpu)
    seen = talk.scratch if isinstance(talk.scratch, _Looks) else _Looks(None, 0, now, now)
    looks = 0 if rest.awake or state != seen.state or rest.room else seen.alike + 1
    moved_at = seen.moved_at if seen.state is not None and seen.state[0] == moved else now
    talk.scratch = _Looks(state, looks, seen.began, moved_at)
    patiently = STALLED_BRIEFLY if step.briefly else STALLED
    needed, every = STALLED_IN_A_HURRY if pulse.hurry else patiently
    if looks >= needed and now - moved_at >= step.still:
        return _stalled(talk, now)
    if step.still and now - seen.began > LONGEST:
        return DONE
    if step.briefly and now - seen.began > pulse.brief.seconds:
        pulse.brief.was_in_vain()
        return DONE
    talk.wake = now + every
    return None


class _Looks(NamedTuple):
    """What ``await_stall`` remembers."""

    state: tuple[tuple[int, int], float] | None
    """What the last look saw: bytes that went either way, and CPU time."""
    alike: int
    """Looks in a row that saw the same."""
    began: float
    moved_at: float
    """When a look first saw so many bytes."""


def _never_rests(talk: Conversation, step: AwaitStall, now: float) -> bool:
    pulse = talk.pulse
    usual = pulse.patience / 2
    if now - pulse.moved <= (min(usual, pulse.brief.seconds) if step.briefly else usual):
        return False
    if step.briefly:
        pulse.brief.was_in_vain()
    return True


def _stalled(talk: Conversation, now: float) -> Then:
    talk.outcome.stalled = True
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
