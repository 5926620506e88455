"""A series of messages, each for itself: on as few connections as possible, or on one each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from harness.diagnosis.experiments.exchanges import MORE, NOTHING, RIGHT, Exchange, exchanges
from harness.diagnosis.experiments.values import (
    GREETS_WITHIN,
    Asking,
    Setting,
    conversation,
    exchange,
)
from harness.values import plan as p
from harness.values.plan import in_turn, one
from harness.values.trace import Trace
from harness.values.verdict import Profile

SINGLE, WRONG = "single", "wrong"
"""Beside ``right``, ``nothing`` and ``more``: what `baseline` finds."""
UNTOLD = {
    NOTHING: "An ordinary message is not answered, so that nothing else could be told.",
    MORE: "An ordinary message comes back with something added, whatever it is.",
}
"""Outcomes of `baseline` that leave nothing to be told."""
SAMPLE = 16
"""Messages that stand for all the others, where many end the connection."""
IN_A_ROW = 3
"""Messages next to each other that each end a connection: then it is a kind of messages."""
AGAIN, AGAIN_ONE_SHOT = 6, 3
"""Connections that are opened to go on where one ended, few where each costs a launch; and messages
that are tried once more, alone on a connection."""
PAUSE = b"x"
"""Stands between messages, so that none is taken together with the one before."""


class Tried(Struct, frozen=True):
    """What a series of messages came to, each for itself."""

    wrong: dict[bytes, Exchange]
    """Not answered, or otherwise than sent."""
    ends: list[bytes]
    """With which the connection ended, seen again on a connection of its own."""
    count: int
    """How many were tried."""
    plain: str
    """What becomes of ordinary messages, as `baseline` says."""
    others: list[bytes]
    """After which the connection ended, though not when they came first."""
    late: list[bytes]
    """Answered only when another message had come, seen again on a connection of its own."""
    right: frozenset[bytes]
    """Answered as they were sent, with which no connection ended."""


def series(setting: Setting, messages: Sequence[bytes], traces: list[Trace]) -> Asking[Tried]:
    """Send each message alone and wait for its answer, on as few connections as possible."""
    plain = yield from baseline(traces)
    if plain in UNTOLD:
        return Tried({}, [], 0, plain, [], [], frozenset())
    course = _Course(messages)
    if plain == SINGLE:
        yield from _each(setting, messages, course, traces)
        course.suspects.clear()  # a connection ends with each
    else:
        yield from _on_few(setting, messages, course, traces)
    suspects = list(dict.fromkeys(course.suspects))
    ends, others = yield from _confirmed(suspects, course.wrong, traces)
    again = yield from _late_again(course.late, traces)
    right = frozenset(course.tried).difference(course.wrong, course.suspects)
    return Tried(course.wrong, ends, len(course.tried), plain, others, again, right)


class _Course:
    """What a series has come to so far."""

    def __init__(self, messages: Sequence[bytes]) -> None:
        self.left = list(messages)
        self.wrong: dict[bytes, Exchange] = {}
        self.suspects: list[bytes] = []
        """With which a connection ended."""
        self.late: list[bytes] = []
        self.tried: list[bytes] = []

    def goes_on(self, found: Sequence[Exchange], *, ended: bool) -> None:
        """``found``: what the next connection has shown, which ``ended`` with the last of it."""
        self.tried += [seen.sent for seen in found]
        self.wrong |= {seen.sent: seen for seen in found if seen.how != RIGHT}
        self.late += [seen.sent for seen in found if seen.late]
        if ended:
            self.suspects.append(found[-1].sent)
        self.left = self.left[len(found) :]


def _on_few(
    setting: Setting, messages: Sequence[bytes], course: _Course, traces: list[Trace]
) -> Asking[None]:
    """One connection after another, each as far as it lives; where nearly all end one, a sample."""
    one_shot = setting.profile is Profile.ONE_SHOT
    for _ in range(AGAIN_ONE_SHOT if one_shot else AGAIN):
        if not course.left:
            return
        # The first is for a greeting, or whatever else is special about it.
        plan = one(*conversation([PLAIN[0], *_apart(course.left)]))
        trace = yield plan
        if trace is None:
            return
        traces.append(trace)
        found = [seen for seen in exchanges(plan, trace)[1:] if seen.sent != PAUSE]
        if not found:
            return
        course.goes_on(found, ended=trace.scripts[0].ended is not None)
        suspects = course.suspects
        if len(suspects) >= IN_A_ROW and not one_shot and _follow(suspects, messages):
            some = course.left[:: max(1, len(course.left) // SAMPLE)]
            yield from _each(setting, some, course, traces)
            return


def _follow(suspects: Sequence[bytes], messages: Sequence[bytes]) -> bool:
    """Whether the last of ``suspects`` stand next to each other: a kind, and not a few."""
    places = [messages.index(word) for word in suspects[-IN_A_ROW:]]
    return places[-1] - places[0] == IN_A_ROW - 1


PLAIN = (b"plain", b"words", b"again")


def baseline(traces: list[Trace]) -> Asking[str]:
    """What becomes of ordinary messages: ``right``, ``nothing`` (no answer), ``single`` (a
    connection takes one and no second), ``more`` (something is added to each), or ``wrong`` (all
    are answered, otherwise than sent)."""
    first, *others = PLAIN
    begin = (p.Connect(), p.Wait(GREETS_WITHIN), p.Send(p.Literal(first)))
    insist = p.AwaitEcho()  # on a busy machine it may be late
    plan = one(
        *begin, insist, *(s for word in others for s in exchange(p.Literal(word))), p.Close()
    )
    trace = yield plan
    if trace is None:
        return RIGHT
    traces.append(trace)
    found = exchanges(plan, trace)
    if not any(seen.got for seen in found):
        return NOTHING
    if len(found) < len(PLAIN) or any(seen.how == NOTHING for seen in found):
        return SINGLE
    if any(seen.how == MORE for seen in found):
        return MORE
    return RIGHT if all(seen.how == RIGHT for seen in found) else WRONG


def _apart(messages: Iterable[bytes]) -> Iterable[bytes]:
    for message in messages:
        yield message
        if not message.isalnum():
            yield PAUSE


def _each(
    setting: Setting,
    messages: Sequence[bytes],
    course: _Course,
    traces: list[Trace],
) -> Asking[None]:
    """A connection for each message, where none takes two."""
    few = list(messages)[:4] if setting.profile is Profile.ONE_SHOT else messages
    plan = in_turn(*((*conversation([message])[:-1], *_and_more(), p.Close()) for message in few))
    trace = yield plan
    if trace is None:
        return
    traces.append(trace)
    for script in range(len(few)):
        for seen in exchanges(plan, trace, script)[:1]:
            course.tried.append(seen.sent)
            if seen.how != RIGHT:
                course.wrong[seen.sent] = seen
            if seen.ended:
                course.suspects.append(seen.sent)


def _and_more() -> tuple[p.Step, ...]:
    """Shows whether the connection goes on."""
    return exchange(p.Literal(PAUSE))


def _late_again(late: Sequence[bytes], traces: list[Trace]) -> Asking[list[bytes]]:
    """Those of ``late`` that are late once more: on a busy machine any may be late once."""
    again: list[bytes] = []
    for word in list(dict.fromkeys(late))[:AGAIN]:
        plan = one(*conversation([PLAIN[0], word, PAUSE]))
        trace = yield plan
        if trace is None:
            break
        traces.append(trace)
        again += [seen.sent for seen in exchanges(plan, trace)[1:2] if seen.late]
    return again


def _confirmed(
    suspects: Sequence[bytes], wrong: dict[bytes, Exchange], traces: list[Trace]
) -> Asking[tuple[list[bytes], list[bytes]]]:
    """Those of ``suspects`` that end a connection which has seen nothing else, and the others."""
    ends: list[bytes] = []
    others: list[bytes] = []
    for word in suspects[:AGAIN]:
        plan = one(*conversation([word, PAUSE, PAUSE]))
        trace = yield plan
        if trace is None:
            break
        traces.append(trace)
        found = exchanges(plan, trace)
        if found and trace.scripts[0].ended is not None and len(found) < 3:
            ends.append(word)
        else:
            others.append(word)
            if word in wrong and found and found[0].how == RIGHT:
                del wrong[word]
    if len(ends) == AGAIN:
        ends += suspects[AGAIN:]
    return ends, others
