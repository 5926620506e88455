"""Of each read only a share comes back, is kept, or comes twice: rules of the group "reading"."""

from __future__ import annotations

from collections import Counter

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import CERTAIN, LIKELY, MISSING, OF_FUZZ
from harness.diagnosis.facts_gaps import Gap, checks_of, gaps, most_common, usual
from harness.diagnosis.facts_stream import (
    Session,
    bad_sessions,
    kind_of,
    of_check,
    sessions,
    sizes_of_reads,
)
from harness.diagnosis.read_sizes import LEAST_BUFFER, MORE_THAN_ONE_READ
from harness.diagnosis.rule import MOST, NEARLY_ALL, Rule, Sign
from harness.diagnosis.rules.sizes import too_large
from harness.text.clean import plural
from harness.values.verdict import Kind

LEAST = 3
"""Checks in which it is seen at least."""
AT_MOST = 2**17
"""Bytes of a session whose content is looked at."""
SMALL_UNITS = range(2, 9)
"""Bytes of the things that a program may count in: characters, numbers, groups of a code."""


def beyond(case: Case) -> Sign | None:
    """Of each read as many bytes come back as one number says; what is behind them is lost."""
    found = [g for g in gaps(case, (*MISSING, Kind.EARLY_CLOSE)) if g.clear]
    size = most_common(g.within for g in found)
    cut = [g for g in found if g.within == size < g.message.size and g.length]
    lengths = {g.length for g in cut}
    fine = sizes_of_reads(case)
    if size < LEAST_BUFFER or len(cut) < NEARLY_ALL * len(found):
        return None
    if len(checks_of(cut)) < LEAST or len(lengths) < 2:
        return None
    if not fine or max(fine) > size or not any(map(_comes_again, cut)) or too_large(case):
        return None
    said = (
        f"Of each of {len(cut)} larger messages the first {size:,} bytes came back and the next "
        f"{min(lengths):,} to {max(lengths):,} did not; those of up to {max(fine):,} bytes did."
    )
    detail = f"of each read only the first {size:,} bytes are sent back, and the rest is lost"
    return Sign(checks_of(gaps(case)), (said,), LIKELY, detail)


def tail_lost(case: Case) -> Sign | None:
    """Of each full read the first bytes come back and the others do not, equally many each time."""
    found = [g for g in gaps(case) if g.length >= LEAST_BUFFER]
    length = most_common(g.length for g in found)
    same = [g for g in found if g.length == length]
    clear = [g for g in same if g.clear and g.within]
    kept = most_common(g.within for g in clear)
    unit = kept + length
    if length in COUNTED and kept < length:
        return None  # a length that begins again at 0 shows like that
    at = sum(g.within == kept for g in clear)
    if at < NEARLY_ALL * len(clear) or len(checks_of(same)) < MOST * len(checks_of(gaps(case))):
        return None
    if len(checks_of(clear)) < 2 or len(checks_of(same)) < 3 or not usual(unit):
        return None
    fine = max((n for n in sizes_of_reads(case) if n < unit), default=0)
    if any(g.message.size < unit for g in clear) or fine <= kept:
        return None
    asked = case.saw("sizes")
    tried = asked is not None and asked.facts.get("from") == unit
    said = (
        f"On each of {len(same)} connections {length:,} bytes are missing once, and behind them "
        f"more comes; a message of {fine:,} bytes came back whole."
    )
    return Sign(
        checks_of(gaps(case)),
        (said,),
        CERTAIN if tried else LIKELY,
        f"of a read that fills the buffer of {unit:,} bytes only the first {kept:,} are sent back",
    )


COUNTED = (2**8, 2**16)
"""Bytes that one or two bytes can count."""


def first_beyond(case: Case) -> Sign | None:
    """The same of the first read of a connection only: all that comes later is whole."""
    bad, cut = _cut_first(case)
    if not cut or not (kept := cut[0].good):
        return None
    least, most = _least_and_most(cut)
    if most >= MORE_THAN_ONE_READ:
        return None
    said = f"On each of {len(cut)} connections the first {plural(kept, 'byte')} came back, and the "
    said += f"next {least:,} to {most:,} did not; whatever came later was right."
    detail = f"of the first read of each connection only {plural(kept, 'byte')} "
    detail += f"{'is' if kept == 1 else 'are'} sent back, and the rest of that read is lost"
    return Sign(of_check(bad), (said,), LIKELY, detail)


def first_lost(case: Case) -> Sign | None:
    """All of the first read of nearly all connections that go wrong."""
    bad, cut = _cut_first(case)
    if not cut or cut[0].good:
        return None
    least, most = _least_and_most(cut)
    said = (
        f"On {len(cut)} connections the first {least:,} to {most:,} bytes did not come back, and "
    )
    said += "whatever came later was right."
    return Sign(of_check(bad), (said,), LIKELY)


def _cut_first(case: Case) -> tuple[list[Session], list[Session]]:
    """The connections that go wrong, and those of them on which the first read was cut at the same
    place; none, if those are not nearly all."""
    bad = [s for s in bad_sessions(case) if s.check_id != OF_FUZZ]
    kept = most_common(s.good for s in bad)
    cut = [s for s in bad if s.good == kept and kind_of(s) in (*MISSING, Kind.EARLY_CLOSE)]
    once = [s for s in cut if kind_of(s) is Kind.LOST and _lost_once(s)]
    seen = len(of_check(once)) >= LEAST and len({s.wrong_bytes for s in once}) > 1
    return bad, cut if seen and len(cut) >= MOST * len(bad) else []


def _least_and_most(cut: list[Session]) -> tuple[int, int]:
    """Bytes that are missing on them."""
    lengths = {s.wrong_bytes for s in cut if kind_of(s) is Kind.LOST}
    return min(lengths), max(lengths)


def _lost_once(s: Session) -> bool:
    """Whether there is nothing missing but the first gap, and more came behind it."""
    return s.wrong_bytes == s.seen.sent - s.seen.received and s.seen.received > s.good


def _comes_again(g: Gap) -> bool:
    """Whether what follows the gap came back."""
    return g.kind is Kind.LOST and bool(g.session.seen.surplus)


def whole_units(case: Case) -> Sign | None:
    """What is left of a connection, when it is counted in small units, does not come."""
    found = [s for s in bad_sessions(case) if s.messages]
    missing = {s.seen.sent - s.good for s in found}
    if len(of_check(found)) < 2 * LEAST or not missing or max(missing) >= max(SMALL_UNITS):
        return None
    if any(kind_of(s) not in (Kind.TRUNCATED, Kind.NO_ECHO) or s.seen.surplus for s in found):
        return None
    units = (n for n in SMALL_UNITS if all(_is_rest(s, n) for s in found))
    unit = next(units, 0)
    totals = {s.seen.sent for s in sessions(case) if s.finding is None}
    if not unit or any(n % unit for n in totals) or missing == {0}:
        return None
    said = (
        f"On all of {len(found)} connections that go wrong the bytes that came are a multiple of "
        f"{unit}, and only what is more than that did not come."
    )
    detail = f"bytes are sent on in groups of {unit}; what is left over is kept until more comes"
    return Sign(of_check(found), (said,), LIKELY, detail)


def _is_rest(s: Session, unit: int) -> bool:
    return s.good % unit == 0 and s.seen.sent - s.good == s.seen.sent % unit


def overlap(case: Case) -> Sign | None:
    """The end of what was sent for one read comes again for the next."""
    twice = [s for s in bad_sessions(case) if kind_of(s) is Kind.DUPLICATED]
    shapes = Counter(shape for s in twice if (shape := _repeated(s)))
    if not shapes:
        return None
    (within, length), _ = shapes.most_common(1)[0]
    found = [s for s in twice if _repeated(s) == (within, length)]
    if len(of_check(found)) < LEAST or len(of_check(found)) < MOST * len(of_check(_large(twice))):
        return None
    said = (
        f"On {len(found)} connections the first {within:,} bytes of a message came, and then the "
        f"last {length:,} of those again, though the client read all the time."
    )
    detail = (
        f"of {within:,} bytes that are sent back only {within - length:,} are taken off: the other "
        f"{length:,} are read, and sent, again"
    )
    return Sign(of_check(bad_sessions(case)), (said,), LIKELY, detail)


def _repeated(s: Session) -> tuple[int, int] | None:
    """Where in a message the bytes before it come again, and how many."""
    if s.at is None or s.finding is None or not s.finding.length:
        return None
    within, length = s.good - s.at.start, s.finding.length
    sent = s.sent_up_to(AT_MOST)
    again = sent[s.good - length : s.good]
    if within <= length or length < LEAST_BUFFER or not again or s.seen.surplus[:length] != again:
        return None
    return within, length


def _large(found: list[Session]) -> list[Session]:
    """Those of a message that is read alone, and larger than what may come together."""
    return [s for s in found if s.at is not None and s.alone(s.at) and s.sent_up_to(AT_MOST)]


EXACT = ("chunking/exact-read-then-end",)
RULES = (
    Rule("full-read-lost", tail_lost, EXACT, strength=2, asks=("sizes", "messages")),
    Rule("rest-of-read-discarded", beyond, EXACT, strength=2),
    Rule("rest-of-read-discarded", first_beyond, EXACT, strength=2),
    Rule("first-read-lost", first_lost, EXACT, strength=1),
    Rule("partial-held-back", whole_units, ("chunking/prompt",), strength=2),
    Rule("sent-twice", overlap, ("chunking/one-write-many-reads",), strength=2),
)
