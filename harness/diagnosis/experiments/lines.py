"""How long a line may be: of a target that answers only when a newline has come."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from harness.diagnosis.experiments.exchanges import was_left
from harness.diagnosis.experiments.values import (
    Asking,
    Fact,
    Observed,
    Setting,
    ended_early,
    ending_of,
    exchange,
    observed,
)
from harness.values import plan as p
from harness.values.plan import Step, in_turn, one
from harness.values.trace import ScriptTrace, Trace
from harness.values.verdict import Profile

ANSWERED, ENDS, NOTHING, OTHER = "answered", "ends", "nothing", "other"
LENGTHS = (500, 1500, 5000, 10_000, 20_000, 40_000, 65_000, 66_000, 140_000, 1_100_000)
"""Bytes before the newline: one between each two limits that readers of lines have."""
FEW = (1500, 10_000, 65_000, 140_000)
"""The same where each costs a launch."""
MOST_AWAITED = 200_000
"""Bytes: who reads byte by byte needs a while for more, so silence proves nothing."""
ROUNDS, AT_A_TIME = 6, 7
"""Of the search for the longest line that is answered; together they tell 66,000 from 140,000."""


WORD = b"probe"
NO_LIMIT: dict[str, Fact] = {"right": 0, "wrong": 0, "how": ""}


def lines(setting: Setting) -> Asking[Observed]:
    """How long may a line be?

    Asked only of a target that does not answer a word without a newline.  Each line goes out on a
    connection of its own, which stays open.  ``right``: bytes of the
    longest line, without its newline, that was answered; ``wrong``: of the shortest longer one that
    was not, 0 where all were; between them nothing was tried, and shorter lines that have more
    bytes together were answered.  ``how``: ``ends`` (the target ended
    the connection) or ``nothing`` (it stayed open).  Nothing is said where a longer line was
    answered than one that was not, or a part of one: that is no limit.
    """
    traces: list[Trace] = []
    first = yield one(p.Connect(), *exchange(p.Literal(WORD)), p.Close())
    if first is None or first.scripts[0].received or ending_of(first.scripts[0]) != "open":
        said = "A word without a newline does not wait for one."
        return observed("lines", [first] if first else [], said, special=False, **NO_LIMIT)
    tried = FEW if setting.profile is Profile.ONE_SHOT else LENGTHS
    found = yield from _tried(setting, tried, traces)
    right, wrong = _between(found)
    if wrong and not (yield from _line_by_line(setting, right, wrong, traces)):
        right = wrong = 0
    if wrong:
        edge = yield from _edge(setting, right, wrong, traces)
        sure = yield from _tried(setting, [size for size in edge if size], traces)
        if sure.get(edge[0]) == ANSWERED and sure.get(edge[1]) in (ENDS, NOTHING):
            (right, wrong), found = edge, {**found, **sure}
    how = found[wrong] if wrong else ""
    return observed(
        "lines",
        traces,
        _told(right, wrong, how, found),
        special=bool(wrong),
        right=right,
        wrong=wrong,
        how=how,
    )


def _tried(
    setting: Setting, sizes: Sequence[int], traces: list[Trace], *, ended: bool = False
) -> Asking[dict[int, str]]:
    """What becomes of lines of ``sizes``; ``ended``: the client ends its side behind each, so that
    none is waited for, and who leaves first is not seen."""
    plan = in_turn(*(_line(setting, size, ended=ended) for size in sizes))
    trace = yield plan
    if trace is None:
        return {}
    traces.append(trace)
    found = {}
    for script, (size, seen) in enumerate(zip(sizes, trace.scripts, strict=True)):
        how = OTHER if was_left(trace, script) or not seen.sent else _how(size, seen)
        if how != OTHER:
            found[size] = how
    return found


def _line_by_line(setting: Setting, right: int, wrong: int, traces: list[Trace]) -> Asking[bool]:
    """Whether more than ``wrong`` bytes are answered on one connection, in lines of ``right``: what
    has a limit is a line then, and not all that comes."""
    lines = [
        step
        for number in range(wrong // right + 1)
        for step in (p.Send(setting.data(number, right)), *exchange(p.Literal(b"\n")))
    ]
    trace = yield one(p.Connect(), *lines, p.Close())
    if trace is None:
        return False
    traces.append(trace)
    return trace.scripts[0].received > wrong


def _line(setting: Setting, size: int, *, ended: bool) -> tuple[Step, ...]:
    sent = (p.Connect(), p.Send(setting.data(size, size)), p.Send(p.Literal(b"\n")))
    if ended:
        return (*sent, p.HalfClose(), p.AwaitEnd(), p.Close())
    return (*sent, p.AwaitEcho(briefly=True), p.Close())


def _how(size: int, seen: ScriptTrace) -> str:
    """A line end may be lost or changed on its way: that is another bug."""
    if seen.received >= size:
        return ANSWERED
    if seen.received:
        return OTHER
    if ended_early(seen):
        return ENDS
    return NOTHING if size <= MOST_AWAITED else OTHER


def _between(found: dict[int, str]) -> tuple[int, int]:
    """The longest line that was answered, and the shortest that was not; 0 and 0 if that is no
    limit."""
    fine = [size for size, how in found.items() if how == ANSWERED]
    bad = [size for size, how in found.items() if how != ANSWERED]
    if not fine or not bad or min(bad) < max(fine):
        return 0, 0
    return max(fine), min(bad)


def _edge(setting: Setting, right: int, wrong: int, traces: list[Trace]) -> Asking[tuple[int, int]]:
    """The same two, as near to one another as there is time for."""
    for _ in range(ROUNDS):
        step = max(1, (wrong - right) // (AT_A_TIME + 1))
        between = list(range(right + step, wrong, step))[:AT_A_TIME]
        if not between:
            break
        found = yield from _tried(setting, between, traces, ended=True)
        right, wrong = _nearer(found, right, wrong)
    return right, wrong


def _nearer(found: dict[int, str], right: int, wrong: int) -> tuple[int, int]:
    bad = _sizes(found, answered=False)
    wrong = min([wrong, *bad])
    return max([right, *(size for size in _sizes(found, answered=True) if size < wrong)]), wrong


def _sizes(found: dict[int, str], *, answered: bool) -> Iterable[int]:
    return [size for size, how in found.items() if (how == ANSWERED) is answered]


def _told(right: int, wrong: int, how: str, found: dict[int, str]) -> str:
    if not found:
        return "No line could be tried."
    if not wrong:
        return f"Lines of up to {max(found):,} bytes were tried: no length was found that decides."
    what = "ends the connection" if how == ENDS else "gets no answer"
    return f"A line of {right:,} bytes is answered; one of {wrong:,} {what}."
