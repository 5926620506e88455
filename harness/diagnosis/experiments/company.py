"""Several clients: how many are served, in which order, and whose bytes they get."""

from __future__ import annotations

from collections.abc import Sequence

from harness.diagnosis.experiments.exchanges import RIGHT, exchanges
from harness.diagnosis.experiments.values import (
    ENDED,
    Asking,
    Fact,
    Observed,
    Setting,
    exchange,
    listed,
    number,
    observed,
    when,
)
from harness.values import plan as p
from harness.values.plan import Plan, Step, in_turn, sent_by, side_by_side
from harness.values.trace import ScriptTrace, Trace
from harness.values.verdict import Profile

# --- clients ------------------------------------------------------------------------------------

CROWD = 12
TOGETHER = 3
"""Clients that connect in the same moment."""


def clients(setting: Setting) -> Asking[Observed]:
    """How many clients at once are served?

    They connect one by one, send, and stay.  ``tried``; ``served``: how many got an answer while
    all were there; ``first_unserved``: number of the first that did not, from 1, or 0; ``ended``:
    numbers of those whose connection the target ended; ``after``: numbers of those that got their
    answer once the first had left.  ``together``: of three that connect while the target is
    stopped, how many are served when it goes on; ``together_tried``; ``together_right``: how many
    got their own bytes.  ``order``: of clients that wait for their turn, the numbers in the order
    in which they were served; empty where none has to wait.
    """
    traces: list[Trace] = []
    count = min(CROWD, setting.backlog + 1)
    if setting.profile is Profile.SEQUENTIAL:
        count = min(4, count)
    facts: dict[str, Fact] = {}
    trace = yield _held(setting, count)
    if trace is not None:
        traces.append(trace)
        facts |= {"tried": count, **_served(trace, count)}
    waits = facts.get("served") == 1 and count > 1
    if setting.launched and setting.backlog >= TOGETHER:
        trace = yield _at_once(setting)
        if trace is not None:
            traces.append(trace)
            facts |= _together(trace)
    if waits and setting.backlog >= TOGETHER:
        trace = yield _waiting(setting)
        if trace is not None:
            traces.append(trace)
            facts["order"] = _order(trace.scripts)
    special = _out_of_turn(facts) or facts.get("together", 3) != 3
    special |= facts.get("together_right", 3) != 3 or bool(facts.get("ended"))
    if setting.profile is Profile.CONCURRENT:
        special |= bool(facts.get("first_unserved"))
    return observed("clients", traces, _told_clients(facts), special=special, **facts)


def _held(setting: Setting, count: int) -> Plan:
    scripts: list[tuple[Step, ...]] = []
    for place in range(count):
        steps: list[Step] = [p.Meet(f"come-{place}")] if place else []
        steps += [p.Connect(), *exchange(setting.data(place, 20 + place))]
        if place < count - 1:
            steps.append(p.Meet(f"come-{place + 1}"))
        steps.append(p.Meet("all"))
        steps += [p.Close(), p.Meet("left")] if not place else [p.Meet("left")]
        scripts.append((*steps, p.AwaitEcho(briefly=True), p.Close()) if place else tuple(steps))
    return side_by_side(*scripts)


def _served(trace: Trace, count: int) -> dict[str, Fact]:
    left = when(trace.scripts[0], "closed")
    everybody = list(enumerate(trace.scripts, 1))

    def in_time(seen: ScriptTrace) -> bool:
        return seen.first_byte is not None and (left is None or seen.first_byte < left)

    served = [n for n, seen in everybody if in_time(seen)]
    unserved = [n for n, seen in everybody if not in_time(seen)]
    after = [n for n in unserved if trace.scripts[n - 1].first_byte is not None]
    return {
        "served": len(served),
        "first_unserved": unserved[0] if unserved else 0,
        "ended": [n for n, seen in everybody if seen.ending in ENDED],
        "after": list(after),
    }


def _at_once(setting: Setting) -> Plan:
    """One is served; while the target is stopped three connect and send; it goes on."""
    held: tuple[Step, ...] = (
        *(p.Connect(), *exchange(setting.data(50, 30))),
        *(p.PauseTarget(), p.Meet("come"), p.Meet("there"), p.ResumeTarget()),
    )
    if setting.profile is not Profile.CONCURRENT:
        held = (*held, p.HalfClose(), p.AwaitEcho(briefly=True), p.Close(), p.Meet("looked"))
    else:
        held = (*held, p.Meet("looked"), p.Close())
    each = (
        (
            *(p.Meet("come"), p.Connect(), p.Send(setting.data(51 + n, 40 + n)), p.Meet("there")),
            *(p.AwaitEcho(briefly=True), *_leave(setting), p.Meet("looked"), p.Close()),
        )
        for n in range(TOGETHER)
    )
    return side_by_side(held, *each)


def _leave(setting: Setting) -> tuple[Step, ...]:
    """Where one is served after another, who was served has to go."""
    return (p.HalfClose(),) if setting.profile is not Profile.CONCURRENT else ()


def _together(trace: Trace) -> dict[str, Fact]:
    came = trace.scripts[1:]
    return {
        "together_tried": len(came),
        "together": sum(seen.first_byte is not None for seen in came),
        "together_right": sum(seen.first_byte is not None and not seen.surplus for seen in came)
        + sum(seen.first_byte is None for seen in came),
    }


def _waiting(setting: Setting) -> Plan:
    """One is served and stays while others come, one after another; then it leaves, and so does
    each that was served."""
    scripts: list[tuple[Step, ...]] = [
        (
            *(p.Connect(), *exchange(setting.data(60, 30)), p.Meet("come-1")),
            *(p.Meet("all"), p.HalfClose(), p.AwaitEcho(briefly=True), p.Close()),
        )
    ]
    for place in range(1, TOGETHER + 1):
        then = (p.Meet(f"come-{place + 1}"),) if place < TOGETHER else ()
        scripts.append(
            (
                *(p.Meet(f"come-{place}"), p.Connect(), p.Send(setting.data(60 + place, 30))),
                *(p.Wait(0.01), *then, p.Meet("all"), p.AwaitEcho(briefly=True)),
                *(p.AwaitEcho(briefly=True), p.HalfClose(), p.Close()),
            )
        )
    return side_by_side(*scripts)


def _order(scripts: Sequence[ScriptTrace]) -> list[int | str]:
    served = [(seen.first_byte, n) for n, seen in enumerate(scripts) if n]
    return [n for at, n in sorted((at, n) for at, n in served if at is not None)]


def _out_of_turn(facts: dict[str, Fact]) -> bool:
    order = [number(place) for place in listed(facts.get("order"))]
    return order != sorted(order)


def _told_clients(facts: dict[str, Fact]) -> str:
    said = "How many clients are served at once could not be tried"
    if "tried" in facts:
        said = f"Of {facts['tried']} clients that stay, {facts['served']} are served at once"
    ended, after = listed(facts.get("ended")), listed(facts.get("after"))
    if facts.get("first_unserved"):
        said += f" (number {facts['first_unserved']} is the first that is not"
        if after:
            said += f"; {len(after)} got an answer when the first had left"
        said += ")"
    if ended:
        said += f"; the connection of number {ended[0]} is ended by the server"
    if (together := facts.get("together")) is not None and together != facts["together_tried"]:
        said += f"; of {facts['together_tried']} that connect in the same moment {together} served"
    elif facts.get("together_right", 3) != 3:
        said += "; clients that connect in the same moment get bytes that are not theirs"
    if _out_of_turn(facts):
        order = ", ".join(map(str, listed(facts["order"])))
        said += f"; those who wait are served in the order {order}"
    return said + "."


# --- connections --------------------------------------------------------------------------------

ROW = 60


def connections(setting: Setting) -> Asking[Observed]:
    """How many connections in a row are served?

    Sixty that close when they were answered; sixty that reset then; and sixty that reset before
    they read.  ``plain_bad``, ``reset_bad``, ``abandoned_bad``: number of the first that is not
    answered, from 1, or 0; ``plain_what`` and so on: ``nothing``, ``refused``, ``ended``,
    ``changed``.
    """
    traces: list[Trace] = []
    facts: dict[str, Fact] = {}
    few = 6 if setting.profile is Profile.ONE_SHOT else ROW
    for name, last in (
        ("plain", (p.AwaitEcho(), p.HalfClose(), p.AwaitEcho(briefly=True), p.Close())),
        ("reset", (p.AwaitEcho(), p.Reset())),
        ("abandoned", (p.Reset(),)),
    ):
        steps = [(p.Connect(), p.Send(setting.data(n, 20)), *last) for n in range(few)]
        if name == "abandoned":
            steps.append((p.Connect(), p.Send(setting.data(99, 20)), p.AwaitEcho(), p.Close()))
        trace = yield in_turn(*steps)
        if trace is None:
            break
        traces.append(trace)
        judged = trace.scripts if name != "abandoned" else trace.scripts[-1:]
        bad, what = _first_unserved(judged)
        facts[f"{name}_bad"] = bad if name != "abandoned" or not bad else few + 1
        facts[f"{name}_what"] = what
    special = any(facts.get(f"{name}_bad") for name in ("plain", "reset", "abandoned"))
    return observed("connections", traces, _told_row(facts, few), special=special, **facts)


def _first_unserved(scripts: Sequence[ScriptTrace]) -> tuple[int, str]:
    for place, seen in enumerate(scripts, 1):
        if seen.error is not None and not seen.received:
            return place, "refused"
        if seen.sent and seen.echoed == seen.sent and not seen.surplus:
            continue
        if seen.surplus:
            return place, "changed"
        return place, "ended" if seen.ending in ENDED else "nothing"
    return 0, ""


def _told_row(facts: dict[str, Fact], few: int) -> str:
    names = {
        "plain": "that end in good order",
        "reset": "that reset when they were answered",
        "abandoned": "that reset at once",
    }
    bad = [
        f"of connections {words}, number {facts[f'{name}_bad']} is not served "
        f"({facts[f'{name}_what']})"
        for name, words in names.items()
        if facts.get(f"{name}_bad")
    ]
    if bad:
        said = "; ".join(bad)
        return f"{said[:1].upper()}{said[1:]}."
    return f"{few} connections in a row are served, however each of them ends."


# --- neighbours ---------------------------------------------------------------------------------


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
        *(p.Meet("earlier"), p.Connect(receive_buffer=256 * 1024), p.StopReading()),
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


# --- crosstalk ----------------------------------------------------------------------------------


def crosstalk(setting: Setting) -> Asking[Observed]:
    """Does a client get bytes of another?

    ``foreign``: of two clients that take turns, or send in the same moment, one got bytes that
    the other sent; ``swapped``: the whole answer of the other.  ``leftover``: a client got bytes of
    one that had left in the middle of its message; ``leftover_size``: how many; ``after``: how that
    one had left (``close``, ``reset``, ``stalled``).  ``wrong``: some answer was wrong.
    """
    traces: list[Trace] = []
    facts: dict[str, Fact] = {"foreign": False, "swapped": False, "leftover": False, "wrong": False}
    if setting.profile is Profile.CONCURRENT:
        plan = _turns(setting)
        trace = yield plan
        if trace is not None:
            traces.append(trace)
            for place in (0, 1):
                other = sent_by(plan.scripts[1 - place])
                for seen in exchanges(plan, trace, place):
                    facts["wrong"] = bool(facts["wrong"]) or seen.how != RIGHT
                    if seen.how != RIGHT and _of(seen.got, other):
                        facts["foreign"] = True
                        facts["swapped"] = bool(facts["swapped"]) or seen.got in other
    plan = _one_after_the_other(setting)
    trace = yield plan
    if trace is not None:
        traces.append(trace)
        facts |= _left_over(plan, trace)
    special = any(facts[name] for name in ("foreign", "leftover", "wrong"))
    return observed("crosstalk", traces, _told_crosstalk(facts), special=special, **facts)


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
        small = 256 * 1024 if way == "stalled" else None
        scripts.append((p.Connect(receive_buffer=small), *ways[way]))
        scripts.append(
            (p.Connect(), p.Wait(0.02), *exchange(setting.data(210 + place, 700)), p.Close())
        )
    return in_turn(*scripts)


def _left_over(plan: Plan, trace: Trace) -> dict[str, Fact]:
    for place, way in enumerate(WAYS):
        seen = trace.scripts[2 * place + 1]
        earlier = sent_by(plan.scripts[2 * place])
        if not seen.surplus:
            continue
        whole = sent_by(plan.scripts[2 * place + 1])
        foreign = len(seen.surplus) - len(whole) if whole in seen.surplus else len(seen.surplus)
        if _of(seen.surplus, earlier):
            return {"leftover": True, "leftover_size": foreign, "after": way, "wrong": True}
        return {"wrong": True, "after": way}
    return {}


def _of(got: bytes, other: bytes) -> bool:
    """Whether some of ``got`` was sent by another client."""
    return any(got[at : at + 6] in other for at in range(0, max(1, len(got) - 5), 3) if got[at:])


def _told_crosstalk(facts: dict[str, Fact]) -> str:
    parts = []
    if facts["foreign"]:
        parts.append("of two clients that send in the same moment one gets bytes of the other")
    if facts["leftover"]:
        left = {"close": "left", "reset": "vanished", "stalled": "vanished while it did not read"}
        parts.append(
            f"a client gets {facts['leftover_size']:,} bytes of one that "
            f"{left[str(facts['after'])]}"
        )
    elif facts["wrong"] and not facts["foreign"]:
        parts.append("an answer is wrong, but the bytes are not those of another client")
    if not parts:
        return "Clients get their own bytes, side by side and one after another."
    said = "; ".join(parts)
    return f"{said[:1].upper()}{said[1:]}."
