"""Whether a client that fails leaves anything behind for the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.diagnosis.experiments.exchanges import RIGHT, Exchange, exchanges
from harness.diagnosis.experiments.values import (
    ENDED,
    SMALL_BUFFER,
    Asking,
    Fact,
    Observed,
    Setting,
    ended_early,
    exchange,
    observed,
)
from harness.values import plan as p
from harness.values.plan import Plan, Step, in_turn, side_by_side
from harness.values.trace import Ending, ScriptTrace, Trace
from harness.values.verdict import Profile

NONE, STILL = "none", "still"
WAYS = ("reset", "unread", "stalled")
"""How one client after another fails; after each another one looks how it is served."""
OPEN = "open"


def aftermath(setting: Setting) -> Asking[Observed]:
    """Is the next client served in full when one has failed?

    It sends two messages and ends.  ``none``: before anybody failed; ``reset``: when one was
    answered and has reset; ``unread``: when one has reset before its answer; ``stalled``: when one
    did not read for long and has reset.  Each is ``right``, ``nothing`` or ``part`` (of what it
    sent came back), ``wrong``, ``open`` (all came back, and its end was not answered), ``ended`` or
    ``refused``.  The first that is not ``right`` is the last that is tried; ``still``: how one more
    client is served then.

    Where the next but one is served, and where all are, the same is done to a client that was there
    between two others, who stay: ``earlier`` and ``newer`` say how they are answered from then on,
    ``later`` how one is that comes then (``right``, ``nothing``, ``wrong``, ``ended``); they are
    missing if not all were answered before.
    """
    traces: list[Trace] = []
    facts: dict[str, Fact] = {}
    failed = WAYS[0]
    for number, way in enumerate((NONE, *WAYS)):
        before = (_fails(setting, way),) if way != NONE else ()
        plan = in_turn(*before, _served(setting, number), _one(setting))
        if (trace := (yield plan)) is None:
            break
        traces.append(trace)
        facts[way] = _how(plan, trace, -2)
        if facts[way] != RIGHT:
            facts[STILL], failed = _how(plan, trace, -1), way
            break
    if setting.profile is Profile.CONCURRENT and _others_are_served(facts):
        plan = _between_two(setting, failed)
        if (trace := (yield plan)) is not None:
            traces.append(trace)
            facts |= _who_stayed(plan, trace)
    special = any(how != RIGHT for how in facts.values())
    return observed("aftermath", traces, _told(facts), special=special, **facts)


def _others_are_served(facts: Mapping[str, Fact]) -> bool:
    """Whether whoever came next or next but one was served, after each way that there is or after
    the one that did harm."""
    return facts.get(NONE) == RIGHT and (
        facts.get(STILL) == RIGHT or all(facts.get(way) == RIGHT for way in WAYS)
    )


def _between_two(setting: Setting, way: str) -> Plan:
    """Three come one after another, and the second fails; the others talk on, and one more comes.

    They talk twice: what is done about the one that has failed may come after the first message.
    """
    come = [exchange(setting.data(340 + n, 30)) for n in range(3)]
    talk = [
        tuple(step for turn in range(2) for step in exchange(setting.data(350 + 10 * n + turn, 30)))
        for n in range(3)
    ]
    small = SMALL_BUFFER if way == "stalled" else None
    return side_by_side(
        (
            *(p.Connect(), *come[0], p.Meet("first"), p.Meet("all"), p.Meet("failed")),
            *(*talk[0], p.Meet("talked"), p.Close()),
        ),
        (
            *(p.Meet("first"), p.Connect(receive_buffer=small), *come[1], p.Meet("second")),
            *(p.Meet("all"), *_failing(setting, way), p.Meet("failed")),
        ),
        (
            *(p.Meet("second"), p.Connect(), *come[2], p.Meet("all"), p.Meet("failed")),
            *(*talk[1], p.Meet("talked"), p.Close()),
        ),
        (p.Meet("talked"), p.Connect(), *talk[2], p.Close()),
    )


def _who_stayed(plan: Plan, trace: Trace) -> dict[str, Fact]:
    """How those who were there and the one that came later were answered; nothing where not all
    were answered before one failed."""
    found = [exchanges(plan, trace, place) for place in range(len(plan.scripts))]
    if any(not one or one[0].how != RIGHT for one in found[:3]):
        return {}
    names = {"earlier": 0, "newer": 2, "later": 3}
    return {name: _answered(trace.scripts[place], found[place]) for name, place in names.items()}


def _answered(seen: ScriptTrace, found: Sequence[Exchange]) -> str:
    if ended_early(seen):
        return "ended"
    last = found[-1] if len(found) > 1 else None
    if last is None or last.late or not last.got:
        return "nothing"
    return RIGHT if last.how == RIGHT else "wrong"


def _one(setting: Setting) -> tuple[Step, ...]:
    messages = (*exchange(setting.data(330, 30)), *exchange(setting.data(331, 30)))
    return (p.Connect(), *messages, p.Close())


def _served(setting: Setting, number: int) -> tuple[Step, ...]:
    messages = (exchange(setting.data(300 + 2 * number + n, 30)) for n in range(2))
    return (p.Connect(), *(step for one in messages for step in one), p.HalfClose(), p.AwaitEnd())


def _fails(setting: Setting, way: str) -> tuple[Step, ...]:
    small = SMALL_BUFFER if way == "stalled" else None
    answered = exchange(setting.data(320, 30)) if way == "reset" else ()
    return (p.Connect(receive_buffer=small), *answered, *_failing(setting, way))


def _failing(setting: Setting, way: str) -> tuple[Step, ...]:
    """What a client does that is connected."""
    if way == "reset":
        return (p.Reset(),)
    if way == "unread":
        return (p.Send(setting.data(321, 3000)), p.Reset())
    flood = p.Send(setting.data(322, setting.flood), background=True)
    return (p.StopReading(), flood, p.AwaitStall(), p.Reset())


def _how(plan: Plan, trace: Trace, from_end: int) -> str:
    """How a client at the end of the plan was served."""
    place = len(plan.scripts) + from_end
    seen = trace.scripts[place]
    if seen.ending is Ending.NEVER:
        return "refused"
    if ended_early(seen):
        return "ended"
    found = exchanges(plan, trace, place)
    if not seen.received:
        return "nothing"
    if seen.surplus:
        return "wrong"
    if seen.echoed < seen.sent or any(one.how != RIGHT for one in found):
        return "part"
    return RIGHT if seen.ending in ENDED or not seen.half_closed else OPEN


def _told(facts: dict[str, Fact]) -> str:
    first = next((name for name in (NONE, *WAYS) if facts.get(name, RIGHT) != RIGHT), None)
    if not facts:
        return "Nothing could be tried."
    deaf = [who for name, who in BESIDE.items() if facts.get(name, RIGHT) != RIGHT]
    beside = f"not served when one between two others fails: {' and '.join(deaf)}" if deaf else ""
    if first is None:
        said = "Whatever way a client fails, the next one is served in full"
        return f"{said}; {beside}." if deaf else f"{said}."
    outcome = {
        "nothing": "gets no answer",
        "part": "gets an answer to a part of what it sends",
        "wrong": "gets a wrong answer",
        OPEN: "is answered, and does not see the end",
        "ended": "is disconnected before it has ended",
        "refused": "is refused",
    }[str(facts[first])]
    said = {
        NONE: "A client that comes before any other has failed",
        "reset": "When one client was answered and has reset, the next",
        "unread": "When one client has reset before its answer came, the next",
        "stalled": "When one client did not read for a while and has reset, the next",
    }[first]
    return f"{said} {outcome}; {beside}." if deaf else f"{said} {outcome}."


BESIDE = {
    "earlier": "the one that came before it",
    "newer": "the one that came after it",
    "later": "one that comes later",
}
