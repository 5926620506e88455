"""What clients have to do with each other."""

from __future__ import annotations

from harness.diagnosis.experiments.exchanges import RIGHT, exchanges
from harness.diagnosis.experiments.values import (
    ENDED,
    SMALL_BUFFER,
    Asking,
    Fact,
    Observed,
    Setting,
    conversation,
    exchange,
    observed,
    when,
)
from harness.values import plan as p
from harness.values.plan import Plan, Step, in_turn, sent_by, side_by_side
from harness.values.trace import ScriptTrace, Trace
from harness.values.verdict import Profile


def neighbours(setting: Setting) -> Asking[Observed]:
    """Is a client served while another one is silent, idle, or does not read?

    ``silent`` (it has sent nothing yet), ``idle`` (it was answered and waits), ``stalled`` (it
    does not read what it gets), ``earlier`` (the same for a client that was there before the other
    stalled): ``served``, ``after`` (once the other went on or left), ``never``, ``ended`` or
    ``refused``.  ``stalls``: the target did stall.
    """
    traces: list[Trace] = []
    facts: dict[str, Fact] = {}
    for names, plan in (
        (("silent",), _beside(setting, ())),
        (("idle",), _beside(setting, exchange(setting.data(1, 30)))),
        (("earlier", "stalled"), _beside_stalled(setting)),
    ):
        trace = yield plan
        if trace is None:
            break
        traces.append(trace)
        left = when(trace.scripts[0], "closed") or when(trace.scripts[0], "reset")
        for name, seen in zip(names, trace.scripts[1:], strict=True):
            facts[name] = _beside_what(seen, left)
        if names[-1] == "stalled":
            facts["stalls"] = trace.scripts[0].stalled
            facts["earlier"] = _second_answer(plan, trace)
    bad = {name: how for name, how in facts.items() if isinstance(how, str) and how != "served"}
    said = _told_beside(bad)
    return observed("neighbours", traces, said, special=bool(bad), **facts)


def _beside(setting: Setting, before: tuple[Step, ...]) -> Plan:
    first = (p.Connect(), *before, p.Meet("begin"), p.Meet("looked"), p.Close())
    second = (
        *(p.Meet("begin"), p.Connect(), *exchange(setting.data(2, 30)), p.Meet("looked")),
        *(p.AwaitEcho(briefly=True), p.Close()),
    )
    return side_by_side(first, second)


def _beside_stalled(setting: Setting) -> Plan:
    stalled = (
        *(p.Meet("earlier"), p.Connect(receive_buffer=SMALL_BUFFER), p.StopReading()),
        *(p.Send(setting.data(3, setting.flood), background=True), p.AwaitStall()),
        *(p.Meet("begin"), p.Meet("looked"), p.Reset()),
    )
    earlier = (
        *(p.Connect(), *exchange(setting.data(4, 30)), p.Meet("earlier"), p.Meet("begin")),
        *(*exchange(setting.data(5, 30)), p.Meet("looked"), p.AwaitEcho(briefly=True), p.Close()),
    )
    later = (
        *(p.Meet("begin"), p.Connect(), *exchange(setting.data(6, 30)), p.Meet("looked")),
        *(p.AwaitEcho(briefly=True), p.Close()),
    )
    return side_by_side(stalled, earlier, later)


def _beside_what(seen: ScriptTrace, left: float | None) -> str:
    if seen.error is not None and not seen.received:
        return "refused"
    if seen.first_byte is not None:
        return "served" if left is None or seen.first_byte < left else "after"
    return "ended" if seen.ending in ENDED else "never"


def _second_answer(plan: Plan, trace: Trace) -> str:
    found = exchanges(plan, trace, 1)
    seen = trace.scripts[1]
    if len(found) < 2:
        return "ended" if seen.ending in ENDED else "never"
    if found[1].how != RIGHT:
        return "ended" if seen.ending in ENDED else "never"
    left = when(trace.scripts[0], "reset")
    last = max((m.at for m in seen.timeline if m.what == "received"), default=0.0)
    return "served" if left is None or last < left else "after"


def _told_beside(bad: dict[str, str]) -> str:
    if not bad:
        return "A client is served while another is silent, idle, or does not read."
    others = {
        "silent": "another has connected and sent nothing",
        "idle": "another was served and is silent now",
        "stalled": "another does not read",
        "earlier": "another, who came later, does not read",
    }
    outcome = {
        "after": "is served only when that one leaves",
        "never": "is not served",
        "ended": "has its connection ended",
        "refused": "is refused",
    }
    told = [f"while {others[name]}, a client {outcome[how]}" for name, how in bad.items()]
    said = "; ".join(told)
    return f"{said[:1].upper()}{said[1:]}."


def crosstalk(setting: Setting) -> Asking[Observed]:
    """Does a client get bytes of another?

    ``foreign``: of two clients that take turns, or send in the same moment, one got bytes that
    the other sent; ``swapped``: the whole answer of the other.  ``leftover``: a client got bytes of
    one that had left in the middle of its message; ``leftover_size``: how many; ``after``: how that
    one had left (``close``, ``reset``, ``stalled``).  ``wrong``: some answer was wrong.
    """
    traces: list[Trace] = []
    facts: dict[str, Fact] = {}
    if setting.profile is Profile.CONCURRENT:
        plan = _turns(setting)
        trace = yield plan
        if trace is not None:
            traces.append(trace)
            facts |= _mixed_up(plan, trace)
    plan = _one_after_the_other(setting)
    trace = yield plan
    if trace is not None:
        traces.append(trace)
        facts = {"wrong": False, "leftover": False} | facts | _left_over(plan, trace)
    special = any(facts.get(name) for name in ("foreign", "leftover", "wrong"))
    return observed("crosstalk", traces, _told_crosstalk(facts), special=special, **facts)


def _mixed_up(plan: Plan, trace: Trace) -> dict[str, Fact]:
    """What two clients have got of one another."""
    answers = [
        (seen, sent_by(plan.scripts[1 - place]))
        for place in (0, 1)
        for seen in exchanges(plan, trace, place)
        if seen.how != RIGHT
    ]
    foreign = [(seen, other) for seen, other in answers if _of(seen.got, other)]
    swapped = any(seen.got in other for seen, other in foreign)
    return {"foreign": bool(foreign), "swapped": swapped, "wrong": bool(answers)}


TURNS = (30, 1000, 7, 1024, 3000)


def _turns(setting: Setting) -> Plan:
    """Two clients: messages in turn, then each time both while the target is stopped."""

    def session(place: int) -> tuple[Step, ...]:
        steps: list[Step] = [p.Connect(), *exchange(setting.data(70 + place, 25))]
        for turn, size in enumerate(TURNS):
            message = p.Send(setting.data(80 + 10 * turn + place, size + 13 * place))
            hold, go = ((p.PauseTarget(),), (p.ResumeTarget(),)) if not place else ((), ())
            steps += [p.Meet("before"), *hold, p.Meet("held"), message, p.Meet("sent"), *go]
            steps.append(p.AwaitEcho(briefly=True))
        return (*steps, p.Meet("over"), p.Close())

    return side_by_side(session(0), session(1))


POOL = 12
"""Clients that come after the others, one after another."""
WAYS = ("close", "reset", "stalled")


def _one_after_the_other(setting: Setting) -> Plan:
    ways: dict[str, tuple[Step, ...]] = {
        "close": (p.Send(setting.data(200, 1500)), p.Close()),
        "reset": (p.Send(setting.data(201, 1500)), p.Reset()),
        "stalled": (
            *(p.StopReading(), p.Send(setting.data(202, setting.flood), background=True)),
            *(p.AwaitStall(), p.Reset()),
        ),
    }
    scripts: list[tuple[Step, ...]] = []
    for place, way in enumerate(WAYS):
        small = SMALL_BUFFER if way == "stalled" else None
        scripts.append((p.Connect(receive_buffer=small), *ways[way]))
        scripts.append(
            (p.Connect(), p.Wait(0.02), *exchange(setting.data(210 + place, 700)), p.Close())
        )
    # What is kept in a pool comes round again only after as many clients as there were at once.
    round_again = (conversation([bytes([65 + n]) * 40]) for n in range(POOL))
    return in_turn(*scripts, *round_again)


def _left_over(plan: Plan, trace: Trace) -> dict[str, Fact]:
    """What the first client got that it had not sent, and of whom that was."""
    for place, seen in enumerate(trace.scripts):
        if not seen.surplus or place in (0, 2, 4):
            continue
        whole = sent_by(plan.scripts[place])
        foreign = len(seen.surplus) - len(whole) if whole in seen.surplus else len(seen.surplus)
        ways = reversed(WAYS[: place // 2 + 1])
        way = next((w for w in ways if _of(seen.surplus, _of_who(plan, w))), "")
        if way:
            return {"leftover": True, "leftover_size": foreign, "after": way, "wrong": True}
        return {"wrong": True}
    return {}


def _of_who(plan: Plan, way: str) -> bytes:
    return sent_by(plan.scripts[2 * WAYS.index(way)])


def _of(got: bytes, other: bytes) -> bool:
    """Whether some of ``got`` was sent by another client."""
    return any(got[at : at + 6] in other for at in range(0, max(1, len(got) - 5), 3) if got[at:])


def _told_crosstalk(facts: dict[str, Fact]) -> str:
    parts = []
    if facts.get("foreign"):
        parts.append("of two clients that send in the same moment one gets bytes of the other")
    if facts.get("leftover"):
        left = {"close": "left", "reset": "vanished", "stalled": "vanished while it did not read"}
        parts.append(
            f"a client gets {facts['leftover_size']:,} bytes of one that "
            f"{left[str(facts['after'])]}"
        )
    elif facts.get("wrong") and not facts.get("foreign"):
        parts.append("an answer is wrong, but the bytes are not those of another client")
    if not parts:
        together = "side by side" if "foreign" in facts else ""
        apart = "one after another" if "leftover" in facts else ""
        how = " and ".join(filter(None, (together, apart)))
        return f"Clients get their own bytes, {how}."
    said = "; ".join(parts)
    return f"{said[:1].upper()}{said[1:]}."


# --- bystander ----------------------------------------------------------------------------------


def bystander(setting: Setting) -> Asking[Observed]:
    """Does the reset of one client cost another its data?

    The other has stopped reading and has much to come.  ``missing``: bytes that it does not get
    after the reset, ``ending``: how its connection ended, or ``open``.
    """
    stays = (
        *(p.Connect(receive_buffer=SMALL_BUFFER), p.StopReading()),
        *(p.Send(setting.data(1, setting.flood), background=True), p.AwaitStall()),
        *(p.Meet("stalls"), p.Meet("gone"), p.Wait(0.02), p.StartReading()),
        *(p.AwaitEcho(briefly=True), p.Close()),
    )
    leaves = (
        *(p.Meet("stalls"), p.Connect(receive_buffer=SMALL_BUFFER), p.StopReading()),
        *(p.Send(setting.data(2, setting.flood), background=True), p.AwaitStall()),
        *(p.Reset(), p.Meet("gone")),
    )
    trace = yield side_by_side(stays, leaves)
    if trace is None:
        return observed("bystander", (), "Nothing could be tried.", special=False)
    seen = trace.scripts[0]
    missing = seen.sent - seen.echoed
    ending = str(seen.ending) if seen.ending in ENDED else "open"
    said = "While one client has much to read, the reset of another costs it nothing."
    if missing or ending != "open":
        said = f"When one client resets, another does not get {missing:,} bytes that were its own"
        said += f", and its connection ends ({ending})." if ending != "open" else "."
    facts: dict[str, Fact] = {"missing": missing, "ending": ending}
    return observed("bystander", [trace], said, special=bool(missing) or ending != "open", **facts)
