"""How many connections in a row are served."""

from __future__ import annotations

from collections.abc import Sequence

from harness.diagnosis.experiments.constants import own_numbers, standing
from harness.diagnosis.experiments.values import (
    ENDED,
    Asking,
    Fact,
    Observed,
    Setting,
    number,
    observed,
)
from harness.values import plan as p
from harness.values.plan import in_turn
from harness.values.trace import ScriptTrace, Trace
from harness.values.verdict import Profile

ROW = 60
"""Connections of each kind."""
MOST_IN_A_ROW = 300
"""Connections in a row that are tried where the target has such a number in its source."""
NAMES = ("plain", "reset", "abandoned")


def connections(setting: Setting) -> Asking[Observed]:
    """How many connections in a row are served?

    Sixty that close when they were answered; sixty that reset then; and sixty that reset before
    they read; then more, where its source has a larger number.  ``plain_bad``, ``reset_bad``,
    ``abandoned_bad``: number of the first that is not answered, from 1, or 0; ``plain_what`` and so
    on: ``nothing``, ``refused``, ``ended``, ``changed``.
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
    if facts and not _special(facts) and setting.profile is not Profile.ONE_SHOT:
        few = yield from _as_many_as_stand_there(setting, few, facts, traces)
    said = _told_row(facts, few) + standing(setting, _decisive(facts))
    return observed("connections", traces, said, special=_special(facts), **facts)


def _decisive(facts: dict[str, Fact]) -> set[int]:
    """Numbers of the connections that were not served, in their row and in all."""
    plain, reset = (number(facts.get(f"{name}_bad")) for name in ("plain", "reset"))
    return {plain, reset, ROW + reset if reset else 0} - {0}


def _special(facts: dict[str, Fact]) -> bool:
    return any(facts.get(f"{name}_bad") for name in NAMES)


def _as_many_as_stand_there(
    setting: Setting, few: int, facts: dict[str, Fact], traces: list[Trace]
) -> Asking[int]:
    """A longer row where the target has such a number; how long the longest was."""
    row = max(own_numbers(setting, MOST_IN_A_ROW), default=0) + 2
    if row <= few:
        return few
    ends = (p.AwaitEcho(), p.HalfClose(), p.AwaitEcho(briefly=True), p.Close())
    steps = [(p.Connect(), p.Send(setting.data(n, 20)), *ends) for n in range(row)]
    trace = yield in_turn(*steps)
    if trace is None:
        return few
    traces.append(trace)
    bad, facts["plain_what"] = _first_unserved(trace.scripts)
    facts["plain_bad"] = len(NAMES) * few + 1 + bad if bad else 0  # with those that came before
    return row


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
    return f"{few:,} connections in a row are served, however each of them ends."
