"""What would have been seen without a bug that is known exactly: so that others show beneath it.

Pure.  Where each connection is greeted no check passes, and nothing is known of the bytes that
follow.  But what the greeting has done can be taken away from the record, and the rest be judged
again: what then is right was wrong by the greeting alone, and what is left has another cause.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec.structs import replace

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import Evidence
from harness.diagnosis.experiments.exchanges import agreeing
from harness.judging.oracle import judge
from harness.judging.streams import Streams
from harness.values.trace import SURPLUS_KEPT, ScriptTrace, Trace
from harness.values.verdict import Finding, Kind

Undo = Callable[[bytes, bytes], bytes]
"""From what a client has sent and what came back to what would have come without the bug; ``b""``
sent: nothing is known of it but what came."""


def without(case: Case, undo: Undo) -> Case:
    """``case`` as it would be if the target had not the bug that ``undo`` takes away.

    Checks in which nothing is wrong then have passed.  What experiments have shown is left out, as
    they have met the bug, too.
    """
    left = [_without(e, undo) for e in case.failures]
    failures = tuple(e for e in left if e.findings)
    well = frozenset(e.check_id for e in left if not e.findings)
    return replace(
        case,
        failures=failures,
        passed=case.passed | well,
        warnings=case.warnings - well,
        observed=(),
    )


def _without(e: Evidence, undo: Undo) -> Evidence:
    """``e`` judged again, with what the check itself has found beside the bytes; but for who was
    served first, as what came first was not an answer."""
    streams = Streams(e.plan)
    numbers = {f.session for f in e.findings}
    trace = replace(
        e.trace,
        scripts=tuple(
            _seen(streams.of(n)[: seen.sent], seen, undo) if n in numbers else seen
            for n, seen in enumerate(e.trace.scripts)
        ),
    )
    if trace == e.trace:
        return e
    before = judge(e.plan, e.trace, e.profile)
    own = [f for f in e.findings if f not in before and f.kind is not Kind.ORDER]
    left = [f for f in _judged(e, trace) if f.session in numbers]
    ignored = {f.kind for f in before} - e.kinds
    return replace(e, trace=trace, findings=(*(f for f in left if f.kind not in ignored), *own))


def _judged(e: Evidence, trace: Trace) -> list[Finding]:
    return judge(e.plan, trace, e.profile)


def _seen(sent: bytes, seen: ScriptTrace, undo: Undo) -> ScriptTrace:
    """``seen`` with what would have come.  Where not all that came was kept, and all that was is
    right, the rest is taken to be right, too."""
    if not seen.surplus:
        return seen
    came = sent[: seen.echoed] + seen.surplus
    should = undo(sent, came)
    if should == came:
        return seen
    cut = len(seen.surplus) == SURPLUS_KEPT
    same = agreeing(sent, should)
    received = seen.received - len(came) + len(should)
    if cut and same == len(should):
        same = min(len(sent), received)
        return replace(seen, echoed=same, surplus=b"", received=same)
    return replace(seen, echoed=same, surplus=should[same:], received=received)


def added(text: bytes) -> Undo:
    """What takes ``text`` away wherever it stands in place of what was sent."""

    def undo(sent: bytes, came: bytes) -> bytes:
        return b"".join(_between(sent, came, text))

    return undo


MOST_TIMES = 4000
"""Times that a text is taken away from one answer."""


def _between(sent: bytes, came: bytes, text: bytes) -> Iterator[bytes]:
    """The parts of ``came`` between which ``text`` was added."""
    out = at = 0
    for _ in range(MOST_TIMES):
        same = _same(sent, out, came, at)
        if at + same == len(came):
            break
        # The text may begin with bytes that are the next of the answer as well.
        backs = range(min(same, len(text)) + 1)
        back = next((n for n in backs if _stands(came, at + same - n, text)), None)
        if back is None:
            break
        yield came[at : at + same - back]
        out += same - back
        at += same - back + len(text)
    yield came[at:]


def _same(sent: bytes, out: int, came: bytes, at: int) -> int:
    """The number of bytes that are the same in both from there on."""
    found, size = 0, 64
    while True:
        begin, there = out + found, at + found
        one, other = sent[begin : begin + size], came[there : there + size]
        same = agreeing(one, other)
        found += same
        if same < size:
            return found
        size *= 2


def _stands(came: bytes, at: int, text: bytes) -> bool:
    """Whether ``text`` stands there, or its beginning, where no more has come."""
    return came.startswith(text, at) or text.startswith(came[at : at + len(text)])


def changed(answers: Callable[[bytes], bytes]) -> Undo:
    """What takes away a change of single bytes, or of some together: as far as what came is what
    ``answers`` makes of what was sent, that was right."""

    def undo(sent: bytes, came: bytes) -> bytes:
        foretold = answers(sent)
        same = agreeing(foretold, came)
        if same < len(came):
            return sent[: _of_so_many(sent, same, answers)] + came[same:]
        return sent[: _of_so_many(sent, same, answers)]

    return undo


def _of_so_many(sent: bytes, size: int, answers: Callable[[bytes], bytes]) -> int:
    """How many of the bytes of ``sent`` make the first ``size`` bytes of the answer."""
    low, high = 0, len(sent)
    while low < high:
        middle = (low + high + 1) // 2
        if len(answers(sent[:middle])) <= size:
            low = middle
        else:
            high = middle - 1
    return low
