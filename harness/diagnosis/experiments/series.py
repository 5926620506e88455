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
AGAIN = 6
"""Connections that are opened to go on where one ended; and messages that are tried once more,
alone on a connection."""
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


def series(setting: Setting, messages: Sequence[bytes], traces: list[Trace]) -> Asking[Tried]:
    """Send each message alone and wait for its answer, on as few connections as possible."""
    one_shot = setting.profile is Profile.ONE_SHOT
    left = list(messages)
    wrong: dict[bytes, Exchange] = {}
    suspects: list[bytes] = []
    count = 0
    plain = yield from baseline(traces)
    if plain in UNTOLD:
        return Tried({}, [], 0, plain, [], [])
    late: list[bytes] = []
    for _ in range(AGAIN if not one_shot else 3):
        if not left or plain == SINGLE:
            break
        # The first is for a greeting, or whatever else is special about it.
        plan = one(*conversation([PLAIN[0], *_apart(left)]))
        trace = yield plan
        if trace is None:
            break
        traces.append(trace)
        found = [seen for seen in exchanges(plan, trace)[1:] if seen.sent != PAUSE]
        ended = bool(found) and trace.scripts[0].ended is not None
        if not found:
            break
        count += len(found)
        wrong |= {seen.sent: seen for seen in found if seen.how != RIGHT}
        late += [seen.sent for seen in found if seen.late]
        if ended:
            suspects.append(found[-1].sent)
        left = left[len(found) :]
        if len(suspects) >= IN_A_ROW and not one_shot and _follow(suspects, messages):
            left = left[:: max(1, len(left) // SAMPLE)]
            count += yield from _each(setting, left, wrong, suspects, traces)
            break
    if plain == SINGLE:
        count += yield from _each(setting, left, wrong, [], traces)
    suspects = list(dict.fromkeys(suspects))
    ends, others = yield from _confirmed(suspects, wrong, traces)
    again = yield from _late_again(late, traces)
    return Tried(wrong, ends, count, plain, others, again)


def _follow(suspects: Sequence[bytes], messages: Sequence[bytes]) -> bool:
    """Whether the last of ``suspects`` stand next to each other: a kind, and not a few."""
    places = [messages.index(word) for word in suspects[-IN_A_ROW:]]
    return places[-1] - places[0] == IN_A_ROW - 1


PLAIN = (b"plain", b"words", b"again")


def baseline(traces: list[Trace]) -> Asking[str]:
    """What becomes of ordinary messages: ``right``, ``nothing`` (no answer), ``single`` (a
    connection takes one and no second), ``more`` (something is added to each), or ``wrong`` (all
    are answered, otherwise than sent)."""
    first, *others = PLAIN  # the first is insisted on: on a busy machine it may be late
    steps = (
        p.Connect(),
        p.Wait(GREETS_WITHIN),
        p.Send(p.Literal(first)),
        p.AwaitEcho(),
    )  # on a busy machine it is late
    plan = one(*steps, *(s for word in others for s in exchange(p.Literal(word))), p.Close())
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
    wrong: dict[bytes, Exchange],
    suspects: list[bytes],
    traces: list[Trace],
) -> Asking[int]:
    """A connection for each message, where none takes two."""
    few = list(messages)[:4] if setting.profile is Profile.ONE_SHOT else messages
    plan = in_turn(*((*conversation([message])[:-1], *_and_more(), p.Close()) for message in few))
    trace = yield plan
    if trace is None:
        return 0
    traces.append(trace)
    count = 0
    for script in range(len(few)):
        for seen in exchanges(plan, trace, script)[:1]:
            count += 1
            if seen.how != RIGHT:
                wrong[seen.sent] = seen
            if seen.ended:
                suspects.append(seen.sent)
    return count


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
