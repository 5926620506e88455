"""What silence and signals do to a connection."""

from __future__ import annotations

from harness.diagnosis.experiments.exchanges import RIGHT, exchanges
from harness.diagnosis.experiments.values import (
    Asking,
    Fact,
    Observed,
    Setting,
    ended_early,
    ending_of,
    exchange,
    observed,
    when,
)
from harness.diagnosis.pauses import longest_pause
from harness.values import plan as p
from harness.values.plan import Plan, Script, Step, one, side_by_side
from harness.values.trace import Ending, Trace
from harness.values.verdict import Profile

SILENCE = 1.1
"""Seconds: some more than the shortest limit that people set, one."""
BUSY_EVERY = 0.1
"""Seconds between the messages of the client that is not silent."""


def idle(setting: Setting) -> Asking[Observed]:
    """Does silence end a connection, or age?

    For 1.1 s.  ``idle``: how a connection ended that was silent after one exchange, ``open`` if it
    did not and its next message was answered, ``nothing`` if that was not; ``idle_after``: seconds
    of silence until it ended; ``busy`` and ``busy_after``: the same for one on which messages are
    exchanged all the time (not tried where one client is served at a time and the first did not
    end); ``mute``: for one that never sent anything.  ``idle_unanswered`` and ``busy_unanswered``:
    it ended before it had answered anything, so that silence has nothing to do with it.
    ``unasked``: bytes came that nobody asked for.  ``busy_pause``: the longest time in which
    nothing went either way on the busy one.
    """
    quiet: tuple[Step, ...] = (*exchange(p.Literal(b"one")), p.Wait(SILENCE))
    busy: list[Step] = []
    for turn in range(int(SILENCE / BUSY_EVERY)):
        busy += [*exchange(setting.data(turn, 10)), p.Wait(BUSY_EVERY)]
    last = (*exchange(p.Literal(b"still there?")), p.Close())
    scripts = [(p.Connect(), *quiet, *last)]
    if setting.profile is Profile.CONCURRENT:
        scripts += [(p.Connect(), *busy, *last), (p.Connect(), p.Wait(SILENCE), *last)]
    traces: list[Trace] = []
    facts: dict[str, Fact] = {"idle": "open"}
    trace = yield (plan := side_by_side(*scripts))
    if trace is not None:
        traces.append(trace)
        for script, name in zip(range(len(scripts)), ("idle", "busy", "mute"), strict=False):
            facts |= _silence(plan, trace, script, name)
    if facts["idle"] != "open" and setting.profile is not Profile.CONCURRENT:
        trace = yield (plan := one(p.Connect(), *busy, *last))
        if trace is not None:
            traces.append(trace)
            facts |= _silence(plan, trace, 0, "busy")
    special = any(facts.get(name, "open") != "open" for name in ("idle", "busy", "mute"))
    special |= bool(facts.get("unasked"))
    return observed("idle", traces, _told_idle(facts), special=special, **facts)


def _silence(plan: Plan, trace: Trace, script: int, name: str) -> dict[str, Fact]:
    seen = trace.scripts[script]
    found = exchanges(plan, trace, script)
    facts: dict[str, Fact] = {name: "open"}
    if ended_early(seen):
        began = when(seen, "connected") or 0.0
        last = max((m.at for m in seen.timeline if m.what == "received"), default=began)
        facts = {name: ending_of(seen), f"{name}_after": round((seen.ended or 0.0) - last, 1)}
        if name != "mute" and not seen.received:
            facts[f"{name}_unanswered"] = True
        if name == "busy":
            facts["busy_after"] = round((seen.ended or 0.0) - began, 1)
            facts["busy_pause"] = round(longest_pause(seen), 1)
    elif found and found[-1].how == "nothing":
        facts = {name: "nothing"}
    elif any(one.how != RIGHT for one in found):
        facts["unasked"] = seen.received > seen.sent
    return facts


def _told_idle(facts: dict[str, Fact]) -> str:
    parts = []
    for name, words in (
        ("idle", "a connection that is silent after one exchange"),
        ("busy", "one on which messages are exchanged all the time"),
        ("mute", "one that has not sent anything yet"),
    ):
        how = facts.get(name)
        if how == "nothing":
            parts.append(f"{words} is not answered any more after {SILENCE} s")
        elif facts.get(f"{name}_unanswered"):
            parts.append(f"a connection is ended before its first message is answered ({how})")
        elif how not in (None, "open"):
            parts.append(f"{words} is ended after {facts[f'{name}_after']} s ({how})")
        elif how and name == "busy" and parts:
            parts.append(f"{words} lives on")
    if facts.get("unasked"):
        parts.append("bytes come that nobody asked for")
    said = (
        "; ".join(dict.fromkeys(parts))
        if parts
        else f"Silence of {SILENCE} s does not end a connection"
    )
    return f"{said[:1].upper()}{said[1:]}."


def signals(setting: Setting) -> Asking[Observed]:
    """What do a stop and continue, and an urgent byte, do by themselves?

    ``stopped``: the target was stopped and continued while its client was idle; ``answering``:
    while it had a message to answer; ``alone``: before anybody connected; ``urgent``: a byte of
    urgent data was sent between two messages: ``right``, ``ended``, ``nothing`` (the next message
    is not answered), ``changed``, ``more`` or ``part``.
    """
    before, after = exchange(p.Literal(b"before")), exchange(p.Literal(b"after it"))
    stop = p.InterruptTarget(times=2)
    cases: dict[str, tuple[Step, ...]] = {}
    if setting.launched:
        cases |= {
            "stopped": (p.Connect(), *before, stop, p.Wait(0.02), *after, p.Close()),
            "answering": (
                *(p.Connect(), *before, p.PauseTarget(), p.Send(p.Literal(b"held"))),
                *(p.ResumeTarget(), p.AwaitEcho(briefly=True), *after, p.Close()),
            ),
            "alone": (p.Connect(), *after, p.Close()),
        }
    cases["urgent"] = (p.Connect(), *before, p.SendUrgent(), p.Wait(0.02), *after, p.Close())
    scripts = [Script(steps=s, after=(i - 1,) if i else ()) for i, s in enumerate(cases.values())]
    if "alone" in cases:
        scripts[2:2] = [Script(steps=(stop, p.Wait(0.02)), after=(1,))]
        scripts = [Script(s.steps, after=(i - 1,) if i else ()) for i, s in enumerate(scripts)]
    trace = yield (plan := Plan(scripts=tuple(scripts)))
    facts: dict[str, Fact] = {}
    if trace is not None:
        places = [i for i, script in enumerate(plan.scripts) if script.connects]
        for name, script in zip(cases, places, strict=True):
            facts[name] = _went(plan, trace, script)
    bad = {name: str(how) for name, how in facts.items() if how != "right"}
    return observed(
        "signals", [trace] if trace else (), _told_signals(bad), special=bool(bad), **facts
    )


def _went(plan: Plan, trace: Trace, script: int) -> str:
    seen = trace.scripts[script]
    wanted = sum(isinstance(step, p.Send) for step in plan.scripts[script].steps)
    found = exchanges(plan, trace, script)
    if ended_early(seen) or (seen.ending is Ending.NEVER and not seen.received):
        return "ended"
    wrong = [one.how for one in found if one.how != RIGHT]
    return wrong[0] if wrong else "right" if len(found) == wanted else "nothing"


def _told_signals(bad: dict[str, str]) -> str:
    words = {
        "stopped": "a stop and continue while the client is idle",
        "answering": "a stop and continue with a message to answer",
        "alone": "a stop and continue while nobody is connected",
        "urgent": "a byte of urgent data",
    }
    outcome = {
        "ended": "ends the connection",
        "nothing": "makes it answer no more",
        "changed": "changes the answer",
        "part": "loses a part of the answer",
        "more": "adds something to the answer",
    }
    if not bad:
        return "Neither a stop and continue nor a byte of urgent data does anything."
    text = "; ".join(f"{words[name]} {outcome[how]}" for name, how in bad.items())
    return f"{text[:1].upper()}{text[1:]}."
