"""What becomes of the data of a client that does not read."""

from __future__ import annotations

from harness.diagnosis.experiments.values import (
    ENDED,
    SMALL_BUFFER,
    Asking,
    Fact,
    Observed,
    Setting,
    ending_of,
    exchange,
    number,
    observed,
)
from harness.judging.alignment import compare
from harness.values import plan as p
from harness.values.plan import Plan, Step, one, sent_by
from harness.values.trace import Trace

LAST = b"and now?"
"""The message that shows whether the connection goes on."""


def slow_reader(setting: Setting) -> Asking[Observed]:
    """What becomes of the data when the client does not read for a while?

    ``stalls``: the target stopped taking data; ``taken``: bytes that it and the system took;
    ``kind``: what is wrong with what came (``lost``, ``reordered``, ``duplicated``, ``truncated``,
    ... as the oracle says), empty if nothing; ``at`` and ``length``: where and how many bytes;
    ``at_read``: ``at`` is a multiple of 1,024.  ``ending``: how the connection ended before its
    client ended its side, or ``open``; ``goes_on``: a message after the stall is answered.
    ``interrupted_kind`` and so on: the same where the target is stopped and continued while it is
    stalled.
    """
    traces: list[Trace] = []
    facts: dict[str, Fact] = {}
    interrupts = (False, True) if setting.launched else (False,)
    for interrupted in interrupts:
        plan = _stall(setting, interrupted=interrupted)
        trace = yield plan
        if trace is None:
            break
        traces.append(trace)
        prefix = "interrupted_" if interrupted else ""
        facts |= {prefix + name: fact for name, fact in _after_stall(plan, trace).items()}
    special = any(
        facts.get(f"{prefix}kind") or facts.get(f"{prefix}ending", "open") != "open"
        for prefix in ("", "interrupted_")
    ) or not facts.get("goes_on", True)
    return observed("slow-reader", traces, _told_stall(facts), special=special, **facts)


def _stall(setting: Setting, *, interrupted: bool) -> Plan:
    steps: list[Step] = [
        *(p.Connect(receive_buffer=SMALL_BUFFER), p.StopReading()),
        *(p.Send(setting.data(1, setting.flood), background=True), p.AwaitStall()),
    ]
    if interrupted:
        steps += [p.InterruptTarget(times=3), p.ReadSome(400_000), p.AwaitStall()]
        steps.append(p.InterruptTarget(times=3))
    steps += [p.StartReading(), p.AwaitEcho(briefly=True)]
    return one(*steps, *exchange(p.Literal(LAST)), p.Close())


def _after_stall(plan: Plan, trace: Trace) -> dict[str, Fact]:
    seen = trace.scripts[0]
    facts: dict[str, Fact] = {
        "stalls": seen.stalled,
        "taken": seen.absorbed,
        "kind": "",
        "ending": ending_of(seen) if seen.ending in ENDED else "open",
        "goes_on": True,
    }
    whole = sent_by(plan.scripts[0])
    sent, surplus = min(seen.sent, len(whole) - len(LAST)), seen.surplus
    if seen.echoed <= sent and surplus.endswith(LAST):
        surplus = surplus[: -len(LAST)]
    difference = compare(whole[:sent], min(seen.echoed, sent), surplus)
    if difference is not None:
        facts |= {"kind": str(difference.kind), "at": difference.offset}
        facts["length"] = difference.length
    elif seen.echoed < sent:
        facts |= {"kind": "truncated", "at": seen.echoed, "length": sent - seen.echoed}
    if facts["kind"]:
        facts["at_read"] = number(facts["at"]) % 1024 == 0
    order = [moment.what for moment in seen.timeline if moment.what in ("sent", "received")]
    facts["goes_on"] = seen.ending not in ENDED and order[-1:] == ["received"]
    return facts


def _told_stall(facts: dict[str, Fact]) -> str:
    parts = []
    for prefix, words in (
        ("", "a client that reads nothing until the server stalls"),
        ("interrupted_", "with the server stopped and continued meanwhile"),
    ):
        if f"{prefix}kind" not in facts:
            continue
        if kind := facts[f"{prefix}kind"]:
            what = (
                f"{facts[f'{prefix}length']:,} bytes are {kind} from offset "
                f"{facts[f'{prefix}at']:,} on"
            )
        else:
            what = "gets everything" if not prefix else "everything comes"
        if (ending := facts[f"{prefix}ending"]) != "open":
            what += f", and the connection ends ({ending})"
        elif not facts[f"{prefix}goes_on"]:
            what += ", and nothing more is answered"
        parts.append(f"{words}{': ' if kind or prefix else ' '}{what}")
    said = "; ".join(parts) or "nothing could be tried"
    if facts.get("stalls") is False and not facts["kind"]:
        said += f"; it never stalled, and took {facts['taken']:,} bytes"
    return f"{said[:1].upper()}{said[1:]}."


def long_stall(setting: Setting) -> Asking[Observed]:
    """Does the target give up on a client that does not read for 1.7 s?

    ``ended_after``: seconds from the stall to the end of the connection, 0 if it did not end;
    ``kind``, ``at``, ``length``, ``ending``, ``goes_on``, ``stalls``, ``taken`` as `slow_reader`.
    """
    steps: tuple[Step, ...] = (
        *(p.Connect(receive_buffer=SMALL_BUFFER), p.StopReading()),
        *(p.Send(setting.data(1, setting.flood), background=True), p.AwaitStall(), p.Wait(1.7)),
        *(p.StartReading(), p.AwaitEcho(briefly=True), *exchange(p.Literal(LAST))),
    )
    plan = one(*steps, p.Close())
    trace = yield plan
    if trace is None:
        return observed("long-stall", (), "Nothing could be tried.", special=False)
    facts = _after_stall(plan, trace)
    special = bool(facts["kind"]) or facts["ending"] != "open" or not facts["goes_on"]
    said = _told_stall(facts).replace("until the server stalls", "for 1.7 s")
    return observed("long-stall", [trace], said, special=special, **facts)
