"""Readers that stall, silence, ends and signals."""

from __future__ import annotations

from harness.diagnosis.experiments.exchanges import RIGHT, exchanges
from harness.diagnosis.experiments.values import (
    ENDED,
    Asking,
    Fact,
    Observed,
    Setting,
    ended_early,
    ending_of,
    exchange,
    number,
    observed,
)
from harness.judging.alignment import compare
from harness.values import plan as p
from harness.values.plan import Plan, Script, Step, in_turn, one, sent_by, side_by_side
from harness.values.trace import Ending, ScriptTrace, Trace
from harness.values.verdict import Profile

BUFFER = 256 * 1024
"""SO_RCVBUF of a client that stalls, so that the stall comes soon."""

# --- slow reader --------------------------------------------------------------------------------


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
        *(p.Connect(receive_buffer=BUFFER), p.StopReading()),
        *(p.Send(setting.data(1, setting.flood), background=True), p.AwaitStall()),
    ]
    if interrupted:
        steps += [p.InterruptTarget(times=3), p.ReadSome(400_000), p.AwaitStall()]
        steps.append(p.InterruptTarget(times=3))
    steps += [p.StartReading(), p.AwaitEcho(briefly=True)]
    return one(*steps, *exchange(p.Literal(b"and now?")), p.Close())


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
    difference = compare(whole[: seen.sent], seen.echoed, seen.surplus)
    if difference is not None:
        facts |= {"kind": str(difference.kind), "at": difference.offset}
        facts["length"] = difference.length
    elif seen.echoed < seen.sent:
        facts |= {"kind": "truncated", "at": seen.echoed, "length": seen.sent - seen.echoed}
    if facts["kind"]:
        facts["at_read"] = number(facts["at"]) % 1024 == 0
    facts["goes_on"] = seen.ending not in ENDED and whole.endswith(
        (whole[: seen.echoed] + seen.surplus)[-8:]
    )
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
    if facts.get("stalls") is False:
        said += f"; it never stalled, and took {facts['taken']:,} bytes"
    return f"{said[:1].upper()}{said[1:]}."


def long_stall(setting: Setting) -> Asking[Observed]:
    """Does the target give up on a client that does not read for 1.7 s?

    ``ended_after``: seconds from the stall to the end of the connection, 0 if it did not end;
    ``kind``, ``at``, ``length``, ``ending``, ``goes_on``, ``stalls``, ``taken`` as `slow_reader`.
    """
    steps: tuple[Step, ...] = (
        *(p.Connect(receive_buffer=BUFFER), p.StopReading()),
        *(p.Send(setting.data(1, setting.flood), background=True), p.AwaitStall(), p.Wait(1.7)),
        *(p.StartReading(), p.AwaitEcho(briefly=True), *exchange(p.Literal(b"and now?"))),
    )
    plan = one(*steps, p.Close())
    trace = yield plan
    if trace is None:
        return observed("long-stall", (), "Nothing could be tried.", special=False)
    facts = _after_stall(plan, trace)
    special = bool(facts["kind"]) or facts["ending"] != "open" or not facts["goes_on"]
    said = _told_stall(facts).replace("until the server stalls", "for 1.7 s")
    return observed("long-stall", [trace], said, special=special, **facts)


# --- idle ---------------------------------------------------------------------------------------

SILENCE = 1.1
"""Seconds."""
BUSY_EVERY = 0.1


def idle(setting: Setting) -> Asking[Observed]:
    """Does silence end a connection, or age?

    For 1.1 s.  ``idle``: how a connection ended that was silent after one exchange, ``open`` if it
    did not and its next message was answered, ``nothing`` if that was not; ``idle_after``: seconds
    of silence until it ended; ``busy`` and ``busy_after``: the same for one on which messages are
    exchanged all the time (not tried where one client is served at a time and the first did not
    end); ``mute``: for one that never sent anything.  ``unasked``: bytes came that nobody asked
    for.
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
        began = next((m.at for m in seen.timeline if m.what == "connected"), 0.0)
        last = max((m.at for m in seen.timeline if m.what == "received"), default=began)
        facts = {name: ending_of(seen), f"{name}_after": round((seen.ended or 0.0) - last, 1)}
        if name == "busy":
            facts["busy_after"] = round((seen.ended or 0.0) - began, 1)
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
        elif how not in (None, "open"):
            parts.append(f"{words} is ended after {facts[f'{name}_after']} s ({how})")
        elif how and name == "busy" and parts:
            parts.append(f"{words} lives on")
    if facts.get("unasked"):
        parts.append("bytes come that nobody asked for")
    said = "; ".join(parts) if parts else f"Silence of {SILENCE} s does not end a connection"
    return f"{said[:1].upper()}{said[1:]}."


# --- end ----------------------------------------------------------------------------------------

PENDING = 2 * 1024 * 1024


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
            *(p.Connect(receive_buffer=BUFFER), p.StopReading()),
            *(p.Send(setting.data(7, PENDING)), p.HalfClose()),
            *(p.Wait(0.1), p.StartReading(), p.AwaitEnd()),
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
        "pending": "an end while 2 MiB wait to be read",
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


# --- signals ------------------------------------------------------------------------------------


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
