"""At which total of bytes a connection goes wrong."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from harness.diagnosis.experiments.exchanges import (
    RIGHT,
    Exchange,
    agreeing,
    exchanges,
)
from harness.diagnosis.experiments.series import UNTOLD, baseline
from harness.diagnosis.experiments.values import (
    Asking,
    Fact,
    Observed,
    Setting,
    ended_early,
    exchange,
    in_words,
    listed,
    number,
    numbers,
    observed,
)
from harness.values import plan as p
from harness.values.plan import one
from harness.values.trace import Trace

PIECES = ((300, 1000), (430, 700))
"""Messages and their sizes: twice some 300 KiB."""


def cumulative(setting: Setting) -> Asking[Observed]:
    """At which total of a connection does it go wrong?

    ``wrong_at``: offsets in a stream of 1,000-byte messages where bytes are wrong (at most 12);
    ``second_at``: the same with 700-byte messages; ``far_at``: the first of one stream of 17 MiB.
    ``by``: ``bytes`` if the first two agree, ``messages`` if it is the same number of messages.
    ``period``: bytes from one to the next, if always the same.  ``total``: bytes tried with nothing
    wrong.  ``ended``: the connection ended there.  ``plain`` as `baseline` says.
    """
    traces: list[Trace] = []
    facts: dict[str, Fact] = {"total": 0, "ended": False, "by": "", "period": 0}
    facts["plain"] = yield from baseline(traces)
    if facts["plain"] in UNTOLD:
        said = UNTOLD[str(facts["plain"])]
        return observed("cumulative", traces, said, special=True, **facts)
    for name, (count, size) in zip(("wrong_at", "second_at"), PIECES, strict=True):
        plan = one(
            p.Connect(),
            *(step for n in range(count) for step in exchange(setting.data(n, size))),
            p.Close(),
        )
        trace = yield plan
        if trace is None:
            break
        traces.append(trace)
        found = exchanges(plan, trace)
        facts[name] = list(_wrong_at(found, count))[:12]
        facts["ended"] = bool(facts["ended"]) or ended_early(trace.scripts[0])
        if not facts[name] and found:
            total = found[-1].offset + len(found[-1].sent)
            facts["total"] = max(number(facts["total"]), total)
    if not facts.get("wrong_at"):
        yield from _far(setting, facts, traces)
    facts["by"], facts["period"] = _by(facts), _period(facts.get("wrong_at"))
    special = any(facts.get(name) for name in ("wrong_at", "second_at", "far_at"))
    return observed("cumulative", traces, _told_cumulative(facts), special=special, **facts)


def _far(setting: Setting, facts: dict[str, Fact], traces: list[Trace]) -> Asking[None]:
    """One long stream, which is read while it is written."""
    flood = p.Send(setting.data(0, setting.far))
    trace = yield one(p.Connect(), flood, p.AwaitEcho(briefly=True), p.Close())
    if trace is None:
        return
    traces.append(trace)
    seen = trace.scripts[0]
    ended = ended_early(seen)
    wrong = bool(seen.surplus) or ended or (trace.slow is None and seen.echoed < setting.far)
    facts["far_at"] = [seen.echoed] if wrong else []
    facts["ended"] = bool(facts["ended"]) or ended
    if not wrong:
        facts["total"] = max(number(facts["total"]), seen.echoed)


def _wrong_at(found: Sequence[Exchange], wanted: int) -> list[int | str]:
    wrong: list[int | str] = []
    for place, seen in enumerate(found, 1):
        if seen.how != RIGHT:
            wrong.append(seen.offset + agreeing(seen.sent, seen.got))
        elif seen.ended and place < wanted:
            wrong.append(seen.offset + len(seen.sent))
    return wrong


def _by(facts: dict[str, Fact]) -> str:
    first, second = listed(facts.get("wrong_at")), listed(facts.get("second_at"))
    if not first or not second:
        return ""
    a, b = number(first[0]), number(second[0])
    if abs(a - b) <= 1000:
        return "bytes"
    return "messages" if a // 1000 == b // 700 else ""


def _period(found: Fact | None) -> int:
    places = numbers(found)
    if len(places) < 3:
        return 0
    steps = {b - a for a, b in itertools.pairwise(places)}
    return steps.pop() if len(steps) == 1 else 0


def _told_cumulative(facts: dict[str, Fact]) -> str:
    names = {
        "wrong_at": "messages of 1,000 bytes",
        "second_at": "messages of 700 bytes",
        "far_at": "one long stream",
    }
    for name, what in names.items():
        if found := listed(facts.get(name)):
            said = f"In {what}, the stream goes wrong at offset {in_words(found[:3])}"
            if facts["period"]:
                said += f", every {facts['period']:,} bytes"
            if facts["by"] == "messages":
                said += ", by the number of messages and not of bytes"
            return said + "."
    return f"{facts['total']:,} bytes on one connection all come back."
