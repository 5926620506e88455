"""What the leaving of one client does to those who stay."""

from __future__ import annotations

from collections.abc import Mapping

from harness.diagnosis.experiments.exchanges import RIGHT, exchanges
from harness.diagnosis.experiments.values import (
    ENDED,
    Asking,
    Fact,
    Observed,
    Setting,
    ending_of,
    exchange,
    in_words,
    listed,
    number,
    observed,
    when,
)
from harness.values import plan as p
from harness.values.plan import Plan, Step, side_by_side
from harness.values.trace import Ending, ScriptTrace, Trace

FIRST = 4
"""Clients that come one after another; one in the middle leaves, since lists are mended at their
ends."""
LEAVES = 2
"""The number of the one that leaves."""
LATER = 3
"""Clients that come when it has left: the first gets its descriptor, the others get new ones."""
ROUNDS = ("before", "left", "came", "more")


def leavers(setting: Setting) -> Asking[Observed]:
    """Is somebody forgotten when another client leaves?

    Four clients come one by one, and all are answered (``before``); then number 2 leaves
    (``left``), one comes in its place (``came``), and two more come (``more``).  Each time those
    who stay send a message: ``before_bad`` and so on have the numbers of those who got no answer to
    it in that round.  ``late``: numbers of those who got it in a later round.  ``newest_bad``:
    numbers of those among the three who came later that were not answered; ``newest_how``: what the
    first of them got: ``ended``, ``refused``, ``nothing`` or ``wrong``.  ``ended``: numbers of
    those who stayed and whose connection the target ended.  ``leaver``: how the connection of the
    one who left ended, ``open`` if it did not.
    """
    plan = _plan(setting)
    trace = yield plan
    if trace is None:
        return observed("leavers", (), "Nothing could be tried.", special=False)
    facts = _seen(plan, trace)
    bad = any(facts[f"{name}_bad"] for name in (*ROUNDS, "newest")) or bool(facts["ended"])
    special = bad or facts["leaver"] != "fin"
    return observed("leavers", [trace], _told(facts), special=special, **facts)


def _plan(setting: Setting) -> Plan:
    scripts = [_stays(setting, n) if n != LEAVES else _leaves(setting) for n in _numbers()]
    return side_by_side(*scripts, *(_comes_later(setting, n) for n in range(LATER)))


def _numbers() -> range:
    return range(1, FIRST + 1)


def _come(setting: Setting, number: int) -> tuple[Step, ...]:
    """Connect after the one before, and be answered alone."""
    turn = (p.Meet(f"come-{number}"),) if number > 1 else ()
    then = (p.Meet(f"come-{number + 1}"),) if number < FIRST else ()
    return (*turn, p.Connect(), *exchange(setting.data(number, 20)), *then, p.Meet("all"))


def _stays(setting: Setting, number: int) -> tuple[Step, ...]:
    steps = [*_come(setting, number)]
    for turn, name in enumerate(ROUNDS):
        message = exchange(setting.data(10 * turn + number + 10, 30))
        steps += [p.Meet(name), *message, p.Meet(f"{name} over")]
    return (*steps, p.Close())


def _leaves(setting: Setting) -> tuple[Step, ...]:
    last = exchange(setting.data(10 + LEAVES, 30))
    return (
        *(*_come(setting, LEAVES), p.Meet("before"), *last, p.Meet("before over")),
        *(p.HalfClose(), p.AwaitEnd(), p.Close(), p.Meet("left")),
    )


def _comes_later(setting: Setting, number: int) -> tuple[Step, ...]:
    """The first of them comes in one round, the others in the next, one after another."""
    come = (p.Connect(), *exchange(setting.data(60 + number, 40)))
    to_the_end = (p.Meet("more"), p.Meet("more over"), p.Close())
    if number == 0:
        return (p.Meet("left over"), *come, p.Meet("came"), p.Meet("came over"), *to_the_end)
    if number == 1:
        return (p.Meet("came over"), *come, p.Meet("last"), *to_the_end)
    return (p.Meet("came over"), p.Meet("last"), *come, *to_the_end)


def _seen(plan: Plan, trace: Trace) -> dict[str, Fact]:
    bad: dict[str, list[int | str]] = {name: [] for name in (*ROUNDS, "newest")}
    late: list[int | str] = []
    ended: list[int | str] = []
    until = _rounds_until(trace)
    for n in _numbers():
        seen = trace.scripts[n - 1]
        if n == LEAVES:
            continue
        if seen.ending in ENDED:
            ended.append(n)
        found = exchanges(plan, trace, n - 1)[1:]
        slow = _answered_after(seen, until)
        for turn, name in enumerate(ROUNDS):
            one = found[turn] if turn < len(found) else None
            came_late = one is not None and one.how == RIGHT and (one.late or turn in slow)
            if one is None or one.how != RIGHT or came_late:
                bad[name].append(n)
            if came_late and n not in late:
                late.append(n)
    bad["newest"] = [n + 1 for n in range(FIRST, FIRST + LATER) if not _served(plan, trace, n)]
    facts: dict[str, Fact] = {f"{name}_bad": numbers for name, numbers in bad.items()}
    if bad["newest"]:
        facts["newest_how"] = _how(trace.scripts[number(bad["newest"][0]) - 1])
    leaver = ending_of(trace.scripts[LEAVES - 1])
    return {**facts, "late": late, "ended": ended, "leaver": leaver}


def _how(seen: ScriptTrace) -> str:
    if seen.received:
        return "wrong"
    if seen.ending in ENDED:
        return "ended"
    return "refused" if seen.ending is Ending.NEVER else "nothing"


def _rounds_until(trace: Trace) -> dict[int, float]:
    """When the next clients came, by the number of the round before."""
    newcomers = {ROUNDS.index("left"): FIRST, ROUNDS.index("came"): FIRST + 1}
    came = {turn: when(trace.scripts[n], "connected") for turn, n in newcomers.items()}
    return {turn: at for turn, at in came.items() if at is not None}


def _answered_after(seen: ScriptTrace, until: Mapping[int, float]) -> set[int]:
    """The rounds whose answer came only when the clients of the next round had come."""
    turn, late = -2, set()
    for moment in seen.timeline:
        turn += moment.what == "sent"
        if moment.what == "received" and moment.at >= until.get(turn, moment.at + 1):
            late.add(turn)
    return late


def _served(plan: Plan, trace: Trace, place: int) -> bool:
    right = all(one.how == RIGHT for one in exchanges(plan, trace, place))
    return right and trace.scripts[place].received > 0


def _told(facts: dict[str, Fact]) -> str:
    if facts["before_bad"]:
        return f"Of {FIRST} clients number {in_words(listed(facts['before_bad']))} is not answered."
    parts = []
    if facts["left_bad"]:
        parts.append(f"when number {LEAVES} leaves number {_and(facts, 'left_bad')} gets no answer")
    elif facts["came_bad"]:
        parts.append(
            f"when number {LEAVES} has left and another comes number {_and(facts, 'came_bad')} "
            "gets no answer"
        )
    elif facts["more_bad"]:
        parts.append(f"when more clients come number {_and(facts, 'more_bad')} gets no answer")
    if facts["late"]:
        parts.append("the answer comes when more clients have come")
    if facts["ended"]:
        parts.append(f"the server ends the connection of number {_and(facts, 'ended')}")
    if facts["leaver"] == "open":
        parts.append("the connection of the one that has left stays open")
    if facts["newest_bad"]:
        parts.append(f"of those who come then number {_and(facts, 'newest_bad')} is not answered")
    if not parts:
        return f"Of {FIRST} clients one leaves, and others come: all who stay are answered."
    return f"Of {FIRST} clients, {'; '.join(parts)}."


def _and(facts: dict[str, Fact], name: str) -> str:
    return in_words(listed(facts[name]))
