"""What comes after the end of a client."""

from __future__ import annotations

from harness.diagnosis.experiments.values import (
    SMALL_BUFFER,
    Asking,
    Fact,
    Observed,
    Setting,
    ending_of,
    exchange,
    observed,
)
from harness.values import plan as p
from harness.values.plan import Plan, Step, in_turn, sent_by
from harness.values.trace import Ending, ScriptTrace, Trace
from harness.values.verdict import Profile

PENDING = 6 * 1024 * 1024
"""Bytes; about as much as the system holds between a server and a client that does not read."""


def end(setting: Setting) -> Asking[Observed]:
    """What comes after the client has ended its side?

    For an end without data (``nothing``), together with data (``together``), with 9,000 bytes
    (``much``), 0.1 s after an exchange (``later``), and with a large answer pending (``pending``):
    the ending (``fin``, ``rst``, ``open`` if it did not come, ``died``); ``together_missing`` and
    so on: bytes that did not come before it; ``together_more``: bytes that came too much.
    Nothing more is tried when one end was not answered.  ``children``: processes that were there
    while a client was served and not before; not known of a target that somebody else runs.
    """
    traces: list[Trace] = []
    facts: dict[str, Fact] = {}
    cases = _cases(setting)
    if setting.profile is Profile.ONE_SHOT:
        cases = {name: cases[name] for name in ("later", "nothing", "together", "pending")}
    for names in (tuple(cases)[:-1], tuple(cases)[-1:]):  # the large one on its own
        trace = yield (plan := in_turn(*(cases[name] for name in names)))
        if trace is None:
            break
        traces.append(trace)
        alone, served = trace.measured("alone"), trace.measured("served")
        if alone is not None and served is not None:
            facts["children"] = served.processes - alone.processes
        for script, name in enumerate(names):
            facts |= _at_the_end(plan, trace.scripts[script], script, name)
        if "open" in facts.values():
            break
    bad = {name: str(facts[name]) for name in cases if facts.get(name, "fin") != "fin"}
    missing = {name: facts[f"{name}_missing"] for name in cases if facts.get(f"{name}_missing")}
    more = {name: facts[f"{name}_more"] for name in cases if facts.get(f"{name}_more")}
    special = bool(bad or missing or more)
    return observed("end", traces, _told_end(bad, missing, more), special=special, **facts)


def _cases(setting: Setting) -> dict[str, tuple[Step, ...]]:
    def with_end(payload: p.Payload) -> tuple[Step, ...]:
        return (
            *(p.Connect(), p.PauseTarget(), p.Send(payload)),
            *(p.HalfClose(background=True), p.ResumeTarget(), p.AwaitEnd()),
        )

    return {
        "later": (
            *((p.Measure("alone"),) if setting.launched else ()),
            *(p.Connect(), *exchange(setting.data(6, 30)), p.Wait(0.1)),
            *((p.Measure("served"),) if setting.launched else ()),
            *(p.HalfClose(), p.AwaitEnd()),
        ),
        "nothing": (p.Connect(), p.HalfClose(), p.AwaitEnd()),
        "together": with_end(p.Literal(b"the last words")),
        "much": with_end(setting.data(5, 9000)),
        "pending": (
            *(p.Connect(receive_buffer=SMALL_BUFFER), p.StopReading()),
            *(p.Send(setting.data(7, PENDING), background=True), p.HalfClose(background=True)),
            *(p.AwaitStall(), p.ReadUntilTaken(size=SMALL_BUFFER), p.Wait(0.05)),
            *(p.StartReading(), p.AwaitEnd()),
        ),
    }


def _at_the_end(plan: Plan, seen: ScriptTrace, script: int, name: str) -> dict[str, Fact]:
    whole = sent_by(plan.scripts[script])
    if seen.ending is Ending.NEVER:  # or left out, as another was waited for in vain
        return {name: "refused"} if seen.timeline else {}
    right = seen.echoed + (len(seen.surplus) if not whole[seen.echoed :] else 0)
    facts: dict[str, Fact] = {name: ending_of(seen)}
    if seen.echoed < len(whole):
        facts[f"{name}_missing"] = len(whole) - min(right, len(whole))
    if seen.received > len(whole):
        facts[f"{name}_more"] = seen.received - len(whole)
    return facts


def _told_end(bad: dict[str, str], missing: dict[str, Fact], more: dict[str, Fact]) -> str:
    words = {
        "nothing": "an end without data",
        "together": "data and the end at once",
        "much": "9,000 bytes and the end at once",
        "later": "an end after the answer",
        "pending": "an end while megabytes wait to be read",
    }
    ends = {
        "rst": "is answered with a reset",
        "open": "is not answered: the connection stays open",
        "died": "ends the server",
        "refused": "cannot be tried: no connection comes about",
    }
    parts = []
    for name, said in words.items():
        told = [ends.get(bad[name], bad[name])] if name in bad else []
        told += [f"loses {missing[name]:,} bytes"] if name in missing else []
        told += [f"brings {more[name]:,} bytes too many"] if name in more else []
        if told:
            parts.append(f"{said} {' and '.join(told)}")
    if not parts:
        return "However the client ends, everything comes back, and then the end in good order."
    text = "; ".join(parts)
    return f"{text[:1].upper()}{text[1:]}."
