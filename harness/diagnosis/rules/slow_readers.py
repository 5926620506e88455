"""Clients that do not read for a while: what they lose or get twice, and who never goes on.

It is long because each of these bugs is told from its neighbours, which look alike.
"""

from __future__ import annotations

from harness.diagnosis.case import Case
from harness.diagnosis.catalogue import language_of
from harness.diagnosis.evidence import CERTAIN, LIKELY, POSSIBLE, Evidence
from harness.diagnosis.facts_process import (
    AT_ONCE,
    PRESSURE,
    calm,
    first_kind,
    patience_of,
    stalled_first,
    talks,
    took_more,
    under_pressure,
)
from harness.diagnosis.rule import Rule, Sign, matches
from harness.values.verdict import Kind

STALLED = "partial-send/stalled-reader"
INTERRUPTED = "partial-send/interrupted-send"
READER_STOPS = (STALLED, "partial-send/slow-reader", "partial-send/both-ways")
UNHURRIED = ("identity/counter", "chunking/cumulative")
"""Checks in which many bytes come and go, and few wait at a time."""
A_READ = 65536
"""Bytes that few programs read more of at a time."""
QUEUEING = ("node", "go")
"""Languages in which a program never sees that there is no room (EAGAIN)."""
MISSING = frozenset({Kind.LOST, Kind.TRUNCATED, Kind.NO_ECHO})


def _of(case: Case, *kinds: Kind) -> list[Evidence]:
    return [e for e in case.failures if e.first.kind in kinds and matches(e.check_id, PRESSURE)]


def _lost(case: Case, *kinds: Kind) -> list[Evidence]:
    """Those in which fewer bytes came than were sent: what has only changed places is there."""
    return [
        e
        for e in _of(case, *(kinds or (Kind.LOST,)))
        if (e.first.received or 0) < (e.first.sent or 0)
    ]


def _ids(found: list[Evidence]) -> frozenset[str]:
    return frozenset(e.check_id for e in found)


def interrupted_send(case: Case) -> Sign | None:
    """Only a call that a signal interrupts takes a part: a blocking send() whose count is lost."""
    if first_kind(case, INTERRUPTED) not in (Kind.LOST, Kind.TRUNCATED) or not calm(case):
        return None
    if any(first_kind(case, i) for i in READER_STOPS):
        return None
    e = case.of(INTERRUPTED)
    said = (
        "Bytes were missing only where a stop and continue had interrupted send() in the middle: "
        "then it takes a part of the data and says how much."
    )
    return Sign(frozenset({INTERRUPTED}), (said,), CERTAIN) if e else None


def short_send(case: Case) -> Sign | None:
    """Less than a read is lost, again and again, wherever the system takes only a part."""
    lost = _lost(case)
    if not lost or not calm(case) or STALLED not in _ids(lost):
        return None
    slow = [e for e in lost if e.check_id != STALLED]
    sizes = [e.first.length or 0 for e in lost]
    if {"identity/counter", "chunking/cumulative"} & _ids(lost):
        return None
    if max(sizes) > A_READ * 2 or not any(e.check_id in READER_STOPS for e in slow):
        return None
    said = (
        f"While the client read slowly {min(sizes):,} to {max(sizes):,} bytes were missing at a "
        "time, less than one read has, and what followed came."
    )
    return Sign(_ids(_of(case, *MISSING)), (said,))


def _gaps(case: Case) -> list[Evidence]:
    """Large gaps under pressure, in the checks where the reader stops."""
    found = _lost(case, *MISSING)
    if not calm(case) or not any(e.check_id == STALLED for e in found):
        return []
    gap = [e for e in found if (e.first.length or 0) > 4 * A_READ]
    return found if len(gap) * 2 > len(found) else []


def _tail(e: Evidence) -> int:
    """Bytes that came after the gap."""
    return max(0, (e.first.received or 0) - (e.first.offset or 0))


def would_block_dropped(case: Case) -> Sign | None:
    gaps = _gaps(case)
    e = case.of(STALLED)
    if not gaps or e is None or not _drops(e) or _tail(e) > 0 or _queues(case, e):
        return None
    stream = case.of("identity/long-stream")
    if stream is not None and stream.first.offset == e.first.offset:
        return None  # so many bytes in all, whether the client reads or not
    said = (
        f"While the client did not read the server went on reading; {e.first.length:,} bytes are "
        "missing from where the buffers of the system were full, up to the last."
    )
    return Sign(_ids(gaps), (said,))


def _queues(case: Case, e: Evidence) -> bool:
    """Whether its language hides from a program that there is no room."""
    return language_of(case.command, e.output) in QUEUEING


def _drops(e: Evidence) -> bool:
    """Nothing of the gap comes later, and the target had taken all of it."""
    asked = any("our side is ended" in m.what for m in e.moments)
    closed = e.first.ending in ("fin", "rst")
    return e.first.kind is Kind.LOST or asked or (e.first.kind is Kind.TRUNCATED and closed)


def _kept_tail(case: Case) -> tuple[list[Evidence], list[int]]:
    gaps = [e for e in _gaps(case) if e.first.kind is Kind.LOST]
    return gaps, [_tail(e) for e in gaps if e.check_id in (*READER_STOPS, INTERRUPTED)]


def stalled_dropped(case: Case) -> Sign | None:
    """What waits is thrown away, and what comes then is kept again up to the limit."""
    gaps, tails = _kept_tail(case)
    if tails and sum(t > A_READ for t in tails) * 2 >= len(tails):
        said = (
            f"While the client did not read {gaps[0].first.length:,} bytes were thrown away; a "
            f"later part of {max(tails):,} bytes had been kept."
        )
        return Sign(_ids(_of(case, *MISSING)), (said,), LIKELY)
    told = case.of(STALLED)
    if told is not None and _queues(case, told) and (left_out := _gaps(case)) and _drops(told):
        said = (
            f"While the client did not read the server went on reading; {told.first.length:,} "
            "bytes never came. In its language what has no room waits in the program, so the "
            "program itself has thrown them away."
        )
        return Sign(_ids(left_out), (said,), LIKELY)
    lost = _lost(case, Kind.LOST, Kind.TRUNCATED)
    if STALLED not in _ids(lost) or not calm(case) or "partial-send/slow-reader" not in case.passed:
        return None
    said = (
        "Bytes are missing when the client does not read at all for a while, and none when it "
        "reads slowly all the time: it is a matter of time."
    )
    return Sign(_ids(lost), (said,), LIKELY)


def refilled(case: Case) -> Sign | None:
    """Later bytes stand where earlier ones should, as long as those were."""
    found = [e for e in _of(case, Kind.CHANGED) if len(e.got) >= 8 and _from_later(e)]
    if STALLED not in _ids(found) or not calm(case):
        return None
    said = (
        f"After the client had not read for a while {found[0].first.length:,} bytes were not its "
        "own at that place, but such as it had sent later."
    )
    return Sign(_ids(found) | _ids(_of(case, *MISSING)), (said,), LIKELY)


def _from_later(e: Evidence) -> bool:
    return e.sent.find(e.got[:8], (e.first.offset or 0) + 1) > 0


def overwritten(case: Case) -> Sign | None:
    """All but the last read is gone of what waited."""
    gaps, tails = _kept_tail(case)
    if not tails or sum(t <= A_READ for t in tails) * 2 <= len(tails):
        return None
    said = (
        f"While the client did not read {gaps[0].first.length:,} bytes that waited were lost, and "
        f"only the last {min(tails):,} of them came."
    )
    return Sign(_ids(_of(case, *MISSING)), (said,), LIKELY)


def _closed(case: Case) -> list[Evidence]:
    found = [
        e
        for e in _of(case, Kind.EARLY_CLOSE, Kind.TRUNCATED, Kind.RESET)
        if not any(not d.asked for d in e.trace.deaths) and (e.first.received or 0)
    ]
    return found if any(e.first.kind is Kind.EARLY_CLOSE for e in found) and calm(case) else []


def would_block_closes(case: Case) -> Sign | None:
    closed = [e for e in _closed(case) if under_pressure(e)]
    e = next((e for e in closed if e.check_id == STALLED), None)
    if e is None or e.first.kind is not Kind.EARLY_CLOSE:
        return None
    if _queues(case, e):
        return None  # there it is no error: what has no room waits in the program
    if any(first_kind(case, i) is Kind.EARLY_CLOSE for i in UNHURRIED):
        return None  # it is a matter of how many bytes there were in all
    always = first_kind(case, "identity/long-stream") is Kind.EARLY_CLOSE
    if stalled_first(e) or (not always and (patience_of(e) or 0.0) > AT_ONCE):
        return None
    said = (
        f"The connection ended when {e.trace.scripts[0].absorbed:,} bytes were on their way and "
        "the system took no more, at once."
    )
    more = "A client that reads all the time loses its connection, too." if always else ""
    return Sign(_ids(closed), (said, more) if more else (said,), LIKELY)


def gives_up(case: Case) -> Sign | None:
    closed = [e for e in _closed(case) if under_pressure(e)]
    e = next((e for e in closed if e.check_id == STALLED), None)
    queues = e is not None and _queues(case, e)
    if first_kind(case, "identity/long-stream") is Kind.EARLY_CLOSE and not queues:
        return None
    if e is None:
        return _gives_up_at_end(case)
    if e.first.kind is not Kind.EARLY_CLOSE:
        return None
    waited = patience_of(e) or 0.0
    if took_more(e) or (not stalled_first(e) and waited <= AT_ONCE and not queues):
        return None
    if "shutdown/idle-kept" in case.failed:
        return None
    said = f"The connection ended when the client had not read for some {max(waited, 0.1):.1f} s."
    return Sign(_ids(closed), (said,), LIKELY)


def _gives_up_at_end(case: Case) -> Sign | None:
    """Only the reader that is very late, after its end, loses the rest."""
    e = case.of("shutdown/lagging-reader")
    if e is None or e.first.kind is not Kind.TRUNCATED or e.first.ending != "rst":
        return None
    if case.failed - case.warnings - {e.check_id, "fuzz/plans"}:
        return None
    ended = e.trace.scripts[e.first.session or 0].ended
    half = [m.at for m in e.moments if m.what == "half-closed"]
    if ended is None or not half or ended - half[0] < 2 * AT_ONCE or (e.first.received or 0) < 1:
        return None
    said = "A reader that had ended its side lost the rest when it took its time over it."
    return Sign(frozenset({e.check_id}), (said,), POSSIBLE)


def _stands_still(case: Case) -> list[Evidence]:
    return [
        e
        for e in _of(case, Kind.NO_ECHO, Kind.NOT_TAKEN)
        if not any("our side is ended" in m.what for m in e.moments)
        and (e.first.sent or 0) > (e.first.received or 0)
    ]


def never_resumes(case: Case) -> Sign | None:
    still = _stands_still(case)
    if not still or not calm(case) or _first_ready(case):
        return None
    if _full_duplex(case) and not _drained(case):
        return None
    if not any(e.check_id in READER_STOPS for e in still):
        return None
    e = next(e for e in still if e.check_id in READER_STOPS)
    said = (
        f"When the client read again {e.first.length:,} of its bytes never came, and the "
        "connection stayed open"
        + ("." if _full_duplex(case) else "; a client that reads all the time gets everything.")
    )
    return Sign(_ids(still) | _beside(case), (said,), LIKELY)


def deadlock(case: Case) -> Sign | None:
    still = _stands_still(case)
    if not still or not _full_duplex(case) or _first_ready(case) or not talks(case):
        return None
    if calm(case) and _drained(case):
        return None
    said = "Everything stood still though the client read all the time: much went both ways."
    return Sign(_ids(still) | _beside(case), (said,), LIKELY)


def _drained(case: Case) -> bool:
    """Whether a reader that had stalled got all that the system held, so that there was room to
    send again: nobody waits for another then, the program has only forgotten to go on."""
    e = case.of(STALLED)
    return e is not None and e.first.kind is Kind.NO_ECHO and (e.first.received or 0) > 16 * A_READ


def _beside(case: Case) -> frozenset[str]:
    """What else comes of a connection that stands still: our side gives up first."""
    return _ids(
        [
            e
            for e in _of(case, Kind.EARLY_CLOSE, Kind.TRUNCATED)
            if e.first.ending == "rst" and under_pressure(e)
        ]
    ) | frozenset(e.check_id for e in case.failures if e.first.kind is Kind.NO_ECHO)


def _full_duplex(case: Case) -> bool:
    return first_kind(case, "identity/long-stream") in (Kind.NO_ECHO, Kind.NOT_TAKEN)


def _first_ready(case: Case) -> bool:
    """Others get nothing, either: it is no matter of one connection."""
    return "sessions/simultaneous" in case.failed or "sessions/slow-client-aside" in case.failed


def sent_again(case: Case) -> Sign | None:
    twice = _of(case, Kind.DUPLICATED)
    short = [e for i in (STALLED, INTERRUPTED) for e in twice if e.check_id == i]
    if not short or not calm(case) or "identity/nothing-extra" in case.failed:
        return None
    e = short[0]
    if e.first.offset == e.first.sent:
        return None
    after = "the client had not read for a while"
    if e.check_id == INTERRUPTED:
        after = "a stop and continue had interrupted send() in the middle"
    said = f"{e.first.length:,} bytes came twice after {after}; none do when it reads at once."
    return Sign(_ids(twice), (said,), LIKELY)


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
    Rule("would-block-dropped", would_block_dropped, must=(STALLED,), may=PRESSURE, strength=2),
    Rule("stalled-output-dropped", stalled_dropped, must=(STALLED,), may=PRESSURE, strength=1),
    Rule("buffer-overwritten", refilled, must=(STALLED,), may=PRESSURE, strength=1),
    Rule("buffer-overwritten", overwritten, must=(STALLED,), may=PRESSURE, strength=1),
    Rule(
        "would-block-closes",
        would_block_closes,
        must=(STALLED,),
        may=PRESSURE,
        strength=1,
        asks=("slow-reader", "long-stall"),
    ),
    Rule(
        "gives-up-on-slow-reader",
        gives_up,
        may=PRESSURE,
        strength=1,
        asks=("slow-reader", "long-stall"),
    ),
    Rule("never-resumes", never_resumes, may=PRESSURE, strength=1, asks=("slow-reader",)),
    Rule(
        "deadlock-both-ways",
        deadlock,
        must=("identity/long-stream",),
        may=(*PRESSURE, "chunking/*", "shutdown/data-with-fin"),
        strength=1,
        asks=("slow-reader",),
    ),
    Rule(
        "send-retried-from-start",
        sent_again,
        must=(INTERRUPTED,),
        may=PRESSURE,
        strength=1,
        asks=("slow-reader",),
    ),
)
