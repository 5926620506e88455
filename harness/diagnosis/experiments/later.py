"""Whether a later client is served as the first was."""

from __future__ import annotations

from harness.diagnosis.experiments.exchanges import agreeing, exchanges
from harness.diagnosis.experiments.values import (
    Asking,
    Fact,
    Observed,
    Setting,
    ended_early,
    exchange,
    observed,
)
from harness.judging.alignment import compare
from harness.text.clean import plural
from harness.values import plan as p
from harness.values.plan import Plan, Step, in_turn
from harness.values.trace import Trace

CLIENTS = 110
"""That come one after another: more than a hundred, as a number in a program often is."""
LINE, VALUES = b"GET /a b%d{} \xc3\xa9\r\n", bytes(range(256))
"""What each of them sends: bytes that text, formats and line ends would show in, and all values."""


def later(setting: Setting) -> Asking[Observed]:
    """Is a later client answered as the first was, when it sends the same?

    ``other``: number of the first client, from 1, that was answered otherwise than the first; 0
    where there is none; ``what``: how its first other answer differs; ``again``: how many of those
    after it were answered otherwise, too; and ``more``: how many came after it.
    """
    traces: list[Trace] = []
    facts: dict[str, Fact] = {}
    plan = in_turn(*[_client()] * CLIENTS)
    trace = yield plan
    if trace is not None:
        traces.append(trace)
        answers = [_answer(plan, trace, number) for number in range(len(trace.scripts))]
        answers = [one for one in answers if one]  # time may have been over
        others = [number for number, one in enumerate(answers, 1) if one != answers[0]]
        first = others[0] if others else 0
        facts = {
            "other": first,
            "what": _difference(answers[0], answers[first - 1]) if first else "",
            "again": len(others[1:]),
            "more": len(answers) - first if first else 0,
            "clients": len(answers),
        }
    said = _told(facts) if facts else "There was no time to try later clients."
    return observed("later", traces, said, special=bool(facts.get("other")), **facts)


def _client() -> tuple[Step, ...]:
    messages = (*exchange(p.Literal(LINE)), *exchange(p.Literal(VALUES)))
    return (p.Connect(), *messages, p.Close())


def _answer(plan: Plan, trace: Trace, number: int) -> tuple[object, ...]:
    """What this client got; empty where it was not served to the end for lack of time."""
    seen = trace.scripts[number]
    if seen.stuck or not seen.sent:
        return ()
    return (*(one.got for one in exchanges(plan, trace, number)), ended_early(seen))


def _difference(first: tuple[object, ...], other: tuple[object, ...]) -> str:
    """How the first answer that differs does, in words; what both got counts as what was sent."""
    for mine, theirs in zip(first, other, strict=False):
        if isinstance(mine, bytes) and isinstance(theirs, bytes) and mine != theirs:
            at = agreeing(mine, theirs)
            found = compare(mine, at, theirs[at:])
            kind, length = (found.kind, found.length) if found else ("missing", len(mine) - at)
            return f"{kind}: {plural(length or len(theirs) - at, 'byte')} at offset {at:,}"
    return "its connection ended" if other[-1] and not first[-1] else ""


def _told(facts: dict[str, Fact]) -> str:
    if not facts["other"]:
        return f"{facts['clients']} clients in a row that send the same are answered alike."
    again = "all" if facts["again"] == facts["more"] else f"{facts['again']} of the"
    what = f" ({facts['what']})" if facts["what"] else ""
    after = f", and {again} {facts['more']} after it as well" if facts["again"] else ""
    return (
        f"Of {facts['clients']} clients in a row that send the same, number {facts['other']} was "
        f"the first to be answered otherwise{what}{after}."
    )
