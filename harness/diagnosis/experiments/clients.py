"""How many clients are served, at once and in a row, and in which order."""

from __future__ import annotations

from collections.abc import Sequence

from harness.diagnosis.experiments.values import (
    ENDED,
    Asking,
    Fact,
    Observed,
    Setting,
    exchange,
    listed,
    numbers,
    observed,
    when,
)
from harness.values import plan as p
from harness.values.plan import Plan, Step, side_by_side
from harness.values.trace import ScriptTrace, Trace
from harness.values.verdict import Profile

CROWD = 12
"""Clients that stay, at most."""
TOGETHER = 3
"""Clients that connect in the same moment."""


def clients(setting: Setting) -> Asking[Observed]:
    """How many clients at once are served?

    They connect one by one, send, and stay.  ``tried``; ``served``: how many got an answer while
    all were there; ``first_unserved``: number of the first that did not, from 1, or 0; ``ended``:
    numbers of those whose connection the target ended; ``after``: numbers of those that got their
    answer once the first had left.  ``together``: of three that connect while the target is
    stopped, how many are served when it goes on; ``together_served``:
    their numbers, from 1, in the order in which they came; ``together_tried``; ``together_right``:
    how many got their own bytes.  ``order``: of clients that wait for their turn, the numbers in
    the order in which they were served; empty where none has to wait.
    """
    traces: list[Trace] = []
    count = min(CROWD, setting.backlog + 1)
    if setting.profile is Profile.SEQUENTIAL:
        count = min(4, count)
    facts: dict[str, Fact] = {"tried": count}
    trace = yield _held(setting, count)
    if trace is not None:
        traces.append(trace)
        facts |= _served(trace, count)
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
    came = sorted(trace.scripts[1:], key=lambda seen: when(seen, "connected") or 0.0)
    return {
        "together_tried": len(came),
        "together": sum(seen.first_byte is not None for seen in came),
        "together_served": [n for n, seen in enumerate(came, 1) if seen.first_byte is not None],
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
    order = numbers(facts.get("order"))
    return order != sorted(order)


def _told_clients(facts: dict[str, Fact]) -> str:
    said = "Clients that connect in the same moment are served"
    if "served" in facts:
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
