"""How the bugs of the group "sending" of the catalogue show."""

from __future__ import annotations

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import CERTAIN, LIKELY, POSSIBLE, Answers, Evidence
from harness.diagnosis.experiments.values import number
from harness.diagnosis.facts_process import (
    AT_ONCE,
    PRESSURE,
    calm,
    fact,
    first_kind,
    patience_of,
    stalled_first,
    talks,
    took_more,
    under_pressure,
)
from harness.diagnosis.rule import Rule, Sign, explained, matches
from harness.values.verdict import Kind

STALLED = "partial-send/stalled-reader"
INTERRUPTED = "partial-send/interrupted-send"
READER_STOPS = (STALLED, "partial-send/slow-reader", "partial-send/both-ways")
A_READ = 65536
"""Bytes that few programs read more of at a time."""
MISSING = frozenset({Kind.LOST, Kind.TRUNCATED, Kind.NO_ECHO})


def _of(case: Case, *kinds: Kind) -> list[Evidence]:
    return [e for e in case.failures if e.first.kind in kinds and matches(e.check_id, PRESSURE)]


def _ids(found: list[Evidence]) -> frozenset[str]:
    return frozenset(e.check_id for e in found)


# --- what is missing ----------------------------------------------------------------------------


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
    lost = _of(case, Kind.LOST)
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
    found = _of(case, *MISSING)
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
    if not gaps or e is None or not _drops(e) or _tail(e) > 0:
        return None
    said = (
        f"While the client did not read the server went on reading; {e.first.length:,} bytes are "
        "missing from where the buffers of the system were full, up to the last."
    )
    return Sign(_ids(gaps), (said,))


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
    lost = _of(case, Kind.LOST, Kind.TRUNCATED)
    if STALLED not in _ids(lost) or not calm(case) or "partial-send/slow-reader" not in case.passed:
        return None
    said = (
        "Bytes are missing when the client does not read at all for a while, and none when it "
        "reads slowly all the time: it is a matter of time."
    )
    return Sign(_ids(lost), (said,), LIKELY)


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


# --- who ends the connection --------------------------------------------------------------------


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
    if first_kind(case, "identity/long-stream") is Kind.EARLY_CLOSE:
        return None
    if e is None:
        return _gives_up_at_end(case)
    if e.first.kind is not Kind.EARLY_CLOSE:
        return None
    waited = patience_of(e) or 0.0
    if took_more(e) or (not stalled_first(e) and waited <= AT_ONCE):
        return None
    if "shutdown/idle-kept" in case.failed:
        return None
    said = f"The connection ended when the client had not read for some {max(waited, 0.4):.1f} s."
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


# --- who never goes on --------------------------------------------------------------------------


def _stands_still(case: Case) -> list[Evidence]:
    return [
        e
        for e in _of(case, Kind.NO_ECHO, Kind.NOT_TAKEN)
        if not any("our side is ended" in m.what for m in e.moments)
        and (e.first.sent or 0) > (e.first.received or 0)
    ]


def never_resumes(case: Case) -> Sign | None:
    still = _stands_still(case)
    if not still or not calm(case) or _full_duplex(case) or _first_ready(case):
        return None
    if not any(e.check_id in READER_STOPS for e in still):
        return None
    e = next(e for e in still if e.check_id in READER_STOPS)
    said = (
        f"When the client read again {e.first.length:,} of its bytes never came, and the "
        "connection stayed open; a client that reads all the time gets everything."
    )
    return Sign(_ids(still) | _beside(case), (said,), LIKELY)


def deadlock(case: Case) -> Sign | None:
    still = _stands_still(case)
    if not still or not _full_duplex(case) or _first_ready(case) or not talks(case):
        return None
    said = "Everything stood still though the client read all the time: much went both ways."
    return Sign(_ids(still) | _beside(case), (said,), LIKELY)


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


# --- what comes twice, in another order, or unasked ---------------------------------------------


def sent_again(case: Case) -> Sign | None:
    twice = _of(case, Kind.DUPLICATED)
    if STALLED not in _ids(twice) or not calm(case) or "identity/nothing-extra" in case.failed:
        return None
    e = next(e for e in twice if e.check_id == STALLED)
    if e.first.offset == e.first.sent:
        return None
    said = (
        f"{e.first.length:,} bytes came twice after the client had not read for a while; none do "
        "when it reads at once."
    )
    return Sign(_ids(twice), (said,), LIKELY)


def sent_twice(case: Case) -> Sign | None:
    twice = [e for e in case.failures if e.first.kind in (Kind.DUPLICATED, Kind.EXTRA)]
    calm = [e for e in twice if (e.first.sent or 0) < 4096 and _again(e)]
    if not calm or not any(e.first.kind is Kind.DUPLICATED for e in twice):
        return None
    if any(_padded(e) for e in twice):
        return None
    last = all(e.first.offset == e.first.sent for e in calm)
    e = calm[0]
    when = "after the end of the client" if last and _at_end(e) else "at once"
    said = f"The {e.first.length} bytes that the client had sent last came once more, {when}."
    return Sign(frozenset(e.check_id for e in twice), (said,), LIKELY)


def _again(e: Evidence) -> bool:
    """What came too much is the end of what was sent."""
    got = e.got
    return bool(got) and e.sent[: e.first.offset].endswith(got[: e.first.length or 0])


def _at_end(e: Evidence) -> bool:
    return any(m.what == "half-closed" for m in e.moments)


def _padded(e: Evidence) -> bool:
    return e.first.received is not None and e.first.received % 512 == 0 and _at(e) == e.first.sent


def _at(e: Evidence) -> int | None:
    return e.first.offset


def reordered(case: Case) -> list[Evidence]:
    return [e for e in case.failures if e.first.kind is Kind.REORDERED]


def overtake(case: Case) -> Sign | None:
    if not reordered(case) or "chunking/many-writes-one-read" not in case.failed:
        return None
    said = "Nothing is lost, but small pieces came before larger ones that were sent earlier."
    kinds = (Kind.REORDERED, Kind.EXTRA, Kind.CHANGED)
    return Sign(explained(case, kinds, _whole), (said,), LIKELY)


def queue_order(case: Case) -> Sign | None:
    found = reordered(case)
    if not found or not calm(case):
        return None
    said = "Nothing is lost, but pieces that had to wait for the reader came in another order."
    kinds = (Kind.REORDERED, Kind.EXTRA, Kind.CHANGED)
    return Sign(explained(case, kinds), (said,), LIKELY)


def _whole(e: Evidence) -> bool:
    return True


def one_behind(case: Case) -> Sign | None:
    """The answer has the right length and is what stood in the buffer before."""
    changed = [e for e in case.failures if e.first.kind is Kind.CHANGED and not e.first.offset]
    if "identity/hello" not in case.failed or len(changed) < 5:
        return None
    if not all(e.first.received == e.first.sent for e in changed if (e.first.sent or 0) < 1024):
        return None
    if not any(set(e.got[:8]) == {0} for e in changed) and not any(map(_earlier, changed)):
        return None
    said = "Each answer was as long as the message, and held what had been in a buffer before it."
    kinds = (Kind.CHANGED, Kind.EXTRA, Kind.LOST, Kind.DUPLICATED, Kind.FOREIGN, Kind.REORDERED)
    return Sign(explained(case, kinds), (said,), LIKELY)


def _earlier(e: Evidence) -> bool:
    return len(e.got) >= 8 and e.got[:8] in e.sent[: e.first.offset or 0]


def stale_buffer(case: Case) -> Sign | None:
    """More comes than was sent, always up to the same length."""
    extra = [
        e
        for e in case.failures
        if e.first.kind in (Kind.EXTRA, Kind.DUPLICATED, Kind.FOREIGN)
        and e.first.offset == e.first.sent
        and (e.first.sent or 0) < 1024
    ]
    lengths = {e.first.received for e in extra}
    if len(extra) < 3 or len(lengths) != 1 or not (size := lengths.pop()) or size < 64:
        return None
    said = f"Each answer had {size:,} bytes, however short the message was."
    detail = f"the whole buffer of {size:,} bytes is sent, not only the bytes that were read"
    kinds = (Kind.CHANGED, Kind.EXTRA, Kind.LOST, Kind.DUPLICATED, Kind.FOREIGN, Kind.REORDERED)
    return Sign(explained(case, kinds), (said,), CERTAIN, detail)


# --- when answers leave -------------------------------------------------------------------------


def not_flushed(case: Case) -> Sign | None:
    """A block that is exactly full waits for one byte more: that is a buffer of a writer."""
    unit = number(fact(case, "answers", "unit"))
    held = _holds_full_block(case, unit)
    first, sent = number(fact(case, "answers", "first")), number(fact(case, "answers", "sent"))
    blocks = unit in BLOCKS and first and not first % unit and not sent % unit and first < sent
    if not held and not blocks:
        return None
    size = f"{unit:,}" if unit else "thousands of"
    said = (
        f"Nothing came until more than {size} bytes had been sent, and then whole blocks, all but "
        "the last, full one: so answers wait in a buffer until more is written."
    )
    kinds = MISSING | {Kind.NO_END, Kind.EARLY_CLOSE, Kind.NOT_TAKEN}
    return Sign(explained(case, kinds), (said,), LIKELY)


BLOCKS = (4096, 8192, 16384, 65536)
"""Sizes of the buffers that languages write through."""


def _holds_full_block(case: Case, unit: int) -> bool:
    """Of a stream that whole blocks make up the last did not come: a reader would have had it."""
    e = case.of(STALLED)
    if e is None or e.experiments is not Answers.AFTER_MORE or e.first.kind is not Kind.NO_ECHO:
        return False
    length = e.first.length or 0
    whole = not (e.first.sent or 0) % A_READ
    return whole and (length in BLOCKS or (unit in BLOCKS and 0 < length <= unit))


def send_outside(case: Case) -> Sign | None:
    """At the end only the last piece comes."""
    if fact(case, "answers", "when") not in (Answers.AFTER_END, Answers.NEVER):
        return None
    cut = [
        e
        for e in case.failures
        if e.first.kind in (Kind.LOST, Kind.TRUNCATED)
        and 0 < (e.first.received or 0) < (e.first.sent or 0)
        and not e.first.offset
    ]
    if not cut or not all(e.sent.endswith(e.got[:64][-8:]) or e.got[:8] in e.sent for e in cut):
        return None
    e = cut[0]
    said = (
        f"Nothing came before the end, and then only the last {e.first.received:,} of "
        f"{e.first.sent:,} bytes."
    )
    return Sign(explained(case, MISSING | {Kind.NO_END}), (said,), LIKELY)


def unbounded(case: Case) -> Sign | None:
    if first_kind(case, "partial-send/bounded-memory") is not Kind.RESOURCE or not talks(case):
        return None
    said = "While its client read nothing it took all that came, and its memory grew with it."
    return Sign(frozenset({"partial-send/bounded-memory"}), (said,), CERTAIN)


def writable(case: Case) -> Sign | None:
    e = case.of("resources/idle-cpu")
    if e is None or e.first.kind is not Kind.RESOURCE:
        return None
    texts = [f.message for f in e.findings]
    if any("nobody" in t for t in texts) or not any("one client" in t for t in texts):
        return None
    said = "It is busy while a client is connected and idle, and at rest while nobody is there."
    return Sign(frozenset({e.check_id, "shutdown/no-spin"}), (said,), LIKELY)


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
    Rule("would-block-dropped", would_block_dropped, must=(STALLED,), may=PRESSURE, strength=1),
    Rule("stalled-output-dropped", stalled_dropped, must=(STALLED,), may=PRESSURE, strength=1),
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
        must=(STALLED,),
        may=PRESSURE,
        strength=1,
        asks=("slow-reader",),
    ),
    Rule("sent-twice", sent_twice, must=("identity/nothing-extra",), strength=1),
    Rule("answers-overtake", overtake, strength=1),
    Rule("queue-order", queue_order, may=PRESSURE, strength=1),
    Rule("one-behind", one_behind, must=("identity/hello",), strength=1),
    Rule("stale-buffer", stale_buffer, must=("identity/hello", "identity/one-byte"), strength=2),
    Rule("not-flushed", not_flushed, must=("chunking/prompt",), strength=1, asks=("answers",)),
    Rule("send-outside-loop", send_outside, must=("chunking/prompt",), strength=1),
    Rule(
        "unbounded-buffer",
        unbounded,
        must=("partial-send/bounded-memory",),
        may=("partial-send/bounded-memory",),
        strength=1,
    ),
    Rule("busy-loop-writable", writable, must=("resources/idle-cpu",), strength=1),
)
