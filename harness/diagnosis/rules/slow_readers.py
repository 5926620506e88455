"""Clients that do not read for a while: what they lose or get twice."""

from __future__ import annotations

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import CERTAIN, LIKELY, MISSING, Evidence
from harness.diagnosis.facts_process import (
    PRESSURE,
    SINGLE_BYTES,
    calm,
    calm_but_for_single_bytes,
    first_kind,
    stall_costs_nothing,
)
from harness.diagnosis.read_sizes import LARGEST_READ
from harness.diagnosis.rule import Rule, Sign, matches
from harness.diagnosis.where.waits import asks_for_room
from harness.values.verdict import Kind

STALLED = "partial-send/stalled-reader"
INTERRUPTED = "partial-send/interrupted-send"
STREAM = "identity/long-stream"
"""Its client reads all the time, and what it gets is more than the system holds."""
READER_STOPS = (STALLED, "partial-send/slow-reader", "partial-send/both-ways")
UNHURRIED = ("identity/counter", "chunking/cumulative")
"""Checks in which many bytes come and go, and few wait at a time."""
QUEUEING = ("node", "go")
"""Languages in which a program never sees that there is no room (EAGAIN)."""


def of_kinds(case: Case, *kinds: Kind) -> list[Evidence]:
    """The failures under pressure whose first finding is of one of ``kinds``."""
    return [e for e in case.failures if e.first.kind in kinds and matches(e.check_id, PRESSURE)]


def _lost(case: Case, *kinds: Kind) -> list[Evidence]:
    """Those in which fewer bytes came than were sent: what has only changed places is there."""
    return [
        e
        for e in of_kinds(case, *(kinds or (Kind.LOST,)))
        if (e.first.received or 0) < (e.first.sent or 0)
    ]


def ids_of(found: list[Evidence]) -> frozenset[str]:
    """Their checks."""
    return frozenset(e.check_id for e in found)


def interrupted_send(case: Case) -> Sign | None:
    """Only a call that a signal interrupts takes a part: a blocking send() whose count is lost."""
    if first_kind(case, INTERRUPTED) not in (Kind.LOST, Kind.TRUNCATED):
        return None
    if any(first_kind(case, i) for i in READER_STOPS) or not (calm(case) or _flows(case)):
        return None
    where = "" if calm(case) else " of megabytes"
    said = (
        f"Bytes{where} were missing only where a stop and continue had interrupted send() in the "
        "middle: then it takes a part of the data and says how much."
    )
    return Sign(frozenset({INTERRUPTED}), (said,), CERTAIN if calm(case) else LIKELY)


def _flows(case: Case) -> bool:
    """Whether megabytes come back, from a server that has other bugs: with some bytes, or ends."""
    return case.passed.issuperset((STALLED, STREAM, *UNHURRIED)) and not any(
        e.first.kind in MISSING and (e.first.sent or 0) > LARGEST_READ
        for e in case.failures
        if e.check_id != INTERRUPTED
    )


def short_send(case: Case) -> Sign | None:
    """Less than a read is lost, again and again, wherever the system takes only a part."""
    lost = _lost(case)
    if stall_costs_nothing(case) or not calm(case) or STALLED not in ids_of(lost):
        return None
    slow = [e for e in lost if e.check_id != STALLED]
    sizes = [e.first.length or 0 for e in lost]
    if ids_of(lost).intersection(UNHURRIED):
        return None
    if max(sizes) > LARGEST_READ * 2 and (not _small_part(lost) or STREAM not in ids_of(lost)):
        return None
    if not any(e.check_id in (*READER_STOPS, STREAM) for e in slow):
        return None
    said = (
        f"While the client read slowly {min(sizes):,} to {max(sizes):,} bytes were missing at a "
        "time, less than one read has, and what followed came."
    )
    return Sign(ids_of(of_kinds(case, *MISSING)), (said,))


def short_of_large(case: Case) -> Sign | None:
    """The same of a server that reads so much at once that its send() takes a part even where the
    client reads all the time: one piece is lost, and all that follows comes."""
    lost = _lost(case)
    sizes = [e.first.length or 0 for e in lost]
    if len(lost) < 3 or STREAM not in ids_of(lost) or not _small_part(lost) or not calm(case):
        return None
    if stall_costs_nothing(case):
        return None
    if not LARGEST_READ < max(sizes) < LARGE or len(set(sizes)) < len(sizes):
        return None
    said = (
        f"{min(sizes):,} to {max(sizes):,} bytes were missing at a time, another number each time, "
        "also where the client read all the time; what followed came."
    )
    return Sign(ids_of(of_kinds(case, *MISSING)), (said,))


LARGE = 4 * 2**20
"""Bytes: more than that is no single read."""


def _small_part(lost: list[Evidence]) -> bool:
    """Whether more came behind each gap than is missing: it was one piece, and not all that had to
    wait."""
    return bool(lost) and all((e.first.length or 0) < max(_tail(e), 1) for e in lost)


def _gaps(case: Case) -> list[Evidence]:
    """Large gaps under pressure, in the checks where the reader stops."""
    found = _lost(case, *MISSING)
    well = calm(case) or calm_but_for_single_bytes(case)
    if not well or not any(e.check_id == STALLED for e in found):
        return []
    stops = [e for e in found if e.check_id in (*READER_STOPS, INTERRUPTED)]
    gap = [e for e in stops if (e.first.length or 0) > 4 * LARGEST_READ]
    return found if len(gap) * 2 > len(stops) else []


def _tail(e: Evidence) -> int:
    """Bytes that came after the gap."""
    return max(0, (e.first.received or 0) - (e.first.offset or 0))


def would_block_dropped(case: Case) -> Sign | None:
    """From where nothing more had room all is lost, up to the last byte."""
    gaps = _gaps(case)
    e = case.of(STALLED)
    if not gaps or e is None or not _drops(e) or _tail(e) > 0 or waits_inside(case, e):
        return None
    stream = case.of(STREAM)
    if stream is not None and stream.first.offset == e.first.offset and not _tail(stream):
        return None  # so many bytes in all, whether the client reads or not
    said = (
        f"While the client did not read the server went on reading; {e.first.length:,} bytes are "
        "missing from where the buffers of the system were full, up to the last."
    )
    singles = {SINGLE_BYTES} & case.failed if calm_but_for_single_bytes(case) else set()
    return Sign(ids_of(gaps) | _as_full(case, e) | singles, (said,))


def _as_full(case: Case, stalled: Evidence) -> frozenset[str]:
    """Where as many bytes had come before some were missing: a Unix socket holds so few that many
    more clients find it full."""
    return frozenset(
        e.check_id
        for e in case.failures
        if e.first.kind in MISSING and (e.first.received or 0) >= (stalled.first.received or 0) > 0
    )


def queues_in(case: Case, e: Evidence) -> bool:
    """Whether its language hides from a program that there is no room."""
    return case.language_by(e.output) in QUEUEING


def waits_inside(case: Case, e: Evidence) -> str | None:
    """Why what has no room waits in the program, in words; None where it need not."""
    if queues_in(case, e):
        return "In its language what has no room waits in the program"
    if asks_for_room(case.sources, case.command):
        return "It asks to be told when there is room again, so what has none waits in the program"
    return None


def _drops(e: Evidence) -> bool:
    """Nothing of the gap comes later, and the target had taken all of it."""
    closed = e.first.ending in ("fin", "rst")
    return e.first.kind is Kind.LOST or e.was_urged or (e.first.kind is Kind.TRUNCATED and closed)


def kept_tail(case: Case) -> tuple[list[Evidence], list[int]]:
    """Where bytes were lost though later ones came, and how many those were at each stall."""
    gaps = [e for e in _gaps(case) if e.first.kind is Kind.LOST]
    return gaps, [_tail(e) for e in gaps if e.check_id in (*READER_STOPS, INTERRUPTED)]


def stalled_dropped(case: Case) -> Sign | None:
    """What waits is thrown away, and what comes then is kept again up to the limit."""
    gaps, tails = kept_tail(case)
    if tails and sum(t > LARGEST_READ for t in tails) * 2 >= len(tails) and not _small_part(gaps):
        said = (
            f"While the client did not read {gaps[0].first.length:,} bytes were thrown away; a "
            f"later part of {max(tails):,} bytes had been kept."
        )
        return Sign(ids_of(of_kinds(case, *MISSING)), (said,), LIKELY)
    told = case.of(STALLED)
    why = waits_inside(case, told) if told is not None and not any(tails) else None
    if told is not None and why and (left_out := _gaps(case)) and _drops(told):
        said = (
            f"While the client did not read the server went on reading; {told.first.length:,} "
            f"bytes never came. {why}: the program itself has thrown them away."
        )
        return Sign(ids_of(left_out), (said,), LIKELY)
    lost = _lost(case, Kind.LOST, Kind.TRUNCATED)
    if (
        STALLED not in ids_of(lost)
        or not calm(case)
        or "partial-send/slow-reader" not in case.passed
    ):
        return None
    said = (
        "Bytes are missing when the client does not read at all for a while, and none when it "
        "reads slowly all the time: it is a matter of time."
    )
    return Sign(ids_of(lost), (said,), LIKELY)


RULES: tuple[Rule, ...] = (
    Rule("short-send-ignored", interrupted_send, must=(INTERRUPTED,), strength=1),
    Rule(
        "short-send-ignored",
        short_send,
        must=(STALLED,),
        may=PRESSURE,
        strength=1,
        asks=("slow-reader",),
    ),
    Rule("short-send-ignored", short_of_large, must=(STREAM,), may=PRESSURE, strength=1),
    Rule(
        "would-block-dropped",
        would_block_dropped,
        must=(STALLED,),
        may=(*PRESSURE, SINGLE_BYTES, "shutdown/data-with-fin", "sessions/slow-client-aside"),
        strength=2,
    ),
    Rule("stalled-output-dropped", stalled_dropped, must=(STALLED,), may=PRESSURE, strength=1),
)
