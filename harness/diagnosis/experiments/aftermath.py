"""Whether a client that fails leaves anything behind for the next."""

from __future__ import annotations

from harness.diagnosis.experiments.exchanges import RIGHT, exchanges
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
from harness.values.plan import Plan, Step, in_turn
from harness.values.trace import Ending, Trace

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
    """
    traces: list[Trace] = []
    facts: dict[str, Fact] = {}
    for number, way in enumerate((NONE, *WAYS)):
        before = (_fails(setting, way),) if way != NONE else ()
        plan = in_turn(*before, _served(setting, number), _one(setting))
        if (trace := (yield plan)) is None:
            break
        traces.append(trace)
        facts[way] = _how(plan, trace, -2)
        if facts[way] != RIGHT:
            facts[STILL] = _how(plan, trace, -1)
            break
    special = any(how != RIGHT for how in facts.values())
    return observed("aftermath", traces, _told(facts), special=special, **facts)


def _one(setting: Setting) -> tuple[Step, ...]:
    messages = (*exchange(setting.data(330, 30)), *exchange(setting.data(331, 30)))
    return (p.Connect(), *messages, p.Close())


def _served(setting: Setting, number: int) -> tuple[Step, ...]:
    messages = (exchange(setting.data(300 + 2 * number + n, 30)) for n in range(2))
    return (p.Connect(), *(step for one in messages for step in one), p.HalfClose(), p.AwaitEnd())


def _fails(setting: Setting, way: str) -> tuple[Step, ...]:
    if way == "reset":
        return (p.Connect(), *exchange(setting.data(320, 30)), p.Reset())
    if way == "unread":
        return (p.Connect(), p.Send(setting.data(321, 3000)), p.Reset())
    return (
        *(p.Connect(receive_buffer=SMALL_BUFFER), p.StopReading()),
        *(p.Send(setting.data(322, setting.flood), background=True), p.AwaitStall(), p.Reset()),
    )


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
    first = next((name for name, how in facts.items() if how != RIGHT), None)
    if not facts:
        return "Nothing could be tried."
    if first is None:
        return "Whatever way a client fails, the next one is served in full."
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
    return f"{said} {outcome}."
