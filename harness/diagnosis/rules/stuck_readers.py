"""Clients that do not read for a while: whose connection is ended for it, or never goes on."""

from __future__ import annotations

from collections.abc import Sequence

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import CUT, LIKELY, OF_FUZZ, POSSIBLE, Evidence
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
from harness.diagnosis.read_sizes import LARGEST_READ
from harness.diagnosis.rule import Rule, Sign
from harness.diagnosis.rules.slow_readers import (
    READER_STOPS,
    STALLED,
    STREAM,
    UNHURRIED,
    ids_of,
    of_kinds,
    queues_in,
)
from harness.diagnosis.where.waits import always_waits
from harness.values.verdict import Kind


def _closed(case: Case) -> list[Evidence]:
    found = [e for e in of_kinds(case, *CUT) if not e.died and (e.first.received or 0)]
    return found if any(e.first.kind is Kind.EARLY_CLOSE for e in found) and calm(case) else []


def would_block_closes(case: Case) -> Sign | None:
    """The connection ends as soon as the system takes no more."""
    closed = [e for e in _closed(case) if under_pressure(e)]
    e = next((e for e in closed if e.check_id == STALLED), None)
    if e is None or e.first.kind is not Kind.EARLY_CLOSE:
        return None
    if queues_in(case, e) or always_waits(case.sources, case.command):
        return None  # there it is no error: what has no room waits in the program
    if any(first_kind(case, i) is Kind.EARLY_CLOSE for i in UNHURRIED):
        return None  # it is a matter of how many bytes there were in all
    always = first_kind(case, STREAM) is Kind.EARLY_CLOSE
    if always and not _more_when_read(case, e) and not _flows_alone(case):
        return None  # it had taken as much when there was room
    late = stalled_first(e) or (not always and (patience_of(e) or 0.0) > AT_ONCE)
    if late and len(_at_once(closed)) < MOSTLY:
        return None
    said = (
        f"The connection ended when {e.trace.scripts[0].absorbed:,} bytes were on their way and "
        "the system took no more, at once."
    )
    more = "A client that reads all the time loses its connection, too." if always else ""
    if always and _flows_alone(case):
        more = "One that takes each byte at once keeps it, however many there are."
    sure = POSSIBLE if always and not _flows_alone(case) else LIKELY
    return Sign(ids_of(closed), (said, more) if more else (said,), sure)


def _more_when_read(case: Case, stalled: Evidence) -> bool:
    """Whether a client that reads all the time gets rid of more: then what waits has to do with
    it, and not only what was sent."""
    stream = case.of(STREAM)
    return stream is not None and (stream.first.sent or 0) > MORE * (stalled.first.sent or 0)


def _flows_alone(case: Case) -> bool:
    """Whether it was tried: a client that does not read loses its connection before the server
    waits for it, and one that reads all the time gets many megabytes."""
    told = fact(case, "slow-reader", "stalls") is False
    ended = fact(case, "slow-reader", "ending") in ("fin", "rst")
    cut = fact(case, "slow-reader", "kind") == "truncated"
    far = fact(case, "cumulative", "far_at") == [] and not fact(case, "cumulative", "ended")
    flows = far and number(fact(case, "cumulative", "total")) > number(
        fact(case, "slow-reader", "at")
    )
    return told and ended and cut and flows


MORE = 1.1
"""Times as many bytes: what the system holds is not the same each time."""


MOSTLY = 3
"""Checks in which the connection ended at once: one in which it seems to have waited was looked at
late, as happens on a machine that has no time for the target."""


def _at_once(closed: Sequence[Evidence]) -> list[Evidence]:
    """Those of the ends for which the target had not waited."""
    return [
        e
        for e in closed
        if (waited := patience_of(e)) is not None and waited <= AT_ONCE and not stalled_first(e)
    ]


def gives_up(case: Case) -> Sign | None:
    """The connection ends when its client has not read for a time."""
    closed = [e for e in _closed(case) if under_pressure(e)]
    e = next((e for e in closed if e.check_id == STALLED), None)
    queues = e is not None and queues_in(case, e)
    if len(_at_once(closed)) >= MOSTLY and not queues:
        return None
    if first_kind(case, STREAM) is Kind.EARLY_CLOSE and not queues:
        return None
    if e is None:
        return _gives_up_at_end(case)
    if e.first.kind is not Kind.EARLY_CLOSE:
        return None
    waited = patience_of(e) or 0.0
    if took_more(e) or (not stalled_first(e) and waited <= AT_ONCE and not queues):
        return None
    if "shutdown/idle-kept" in case.failed or (waited > AT_ONCE and len(closed) < 2):
        return None  # one alone that waited may as well have grown too old
    said = f"The connection ended when the client had not read for some {max(waited, 0.1):.1f} s."
    return Sign(ids_of(closed), (said,), LIKELY)


def _gives_up_at_end(case: Case) -> Sign | None:
    """Only the reader that is very late, after its end, loses the rest."""
    e = case.of("shutdown/lagging-reader")
    if e is None or e.first.kind is not Kind.TRUNCATED or e.first.ending != "rst":
        return None
    if case.failed - case.warnings - {e.check_id, OF_FUZZ} or _cut_off_without_lagging(case, e):
        return None
    ended = e.trace.scripts[e.first.session or 0].ended
    half = [m.at for m in e.moments if m.what == "half-closed"]
    if ended is None or not half or ended - half[0] < 2 * AT_ONCE or (e.first.received or 0) < 1:
        return None
    said = "A reader that had ended its side lost the rest when it took its time over it."
    return Sign(frozenset({e.check_id}), (said,), POSSIBLE)


def _cut_off_without_lagging(case: Case, e: Evidence) -> bool:
    """Whether a client was cut off before it ended its side, or one of the fuzzer's that did not
    keep anybody waiting: then it is no matter of patience."""
    fuzzed = case.of(OF_FUZZ)
    if fuzzed is not None and fuzzed.first.kind is Kind.EARLY_CLOSE and not under_pressure(fuzzed):
        return True
    return any(f.kind is Kind.EARLY_CLOSE for f in e.findings)


def _stands_still(case: Case) -> list[Evidence]:
    return [
        e
        for e in of_kinds(case, Kind.NO_ECHO, Kind.NOT_TAKEN)
        if not e.was_urged and (e.first.sent or 0) > (e.first.received or 0)
    ]


LAGS = "shutdown/lagging-reader"
"""Its client stops reading more than once."""


def never_resumes(case: Case) -> Sign | None:
    """What waited for a reader never comes, though it reads again."""
    still = _stands_still(case)
    if not still or not calm(case) or _first_ready(case) or _goes_on_alone(case):
        return None
    if _full_duplex(case) and not _drained(case):
        return None
    e = next((e for e in still if e.check_id in (*READER_STOPS, LAGS)), None)
    if e is None:
        return None
    said = (
        f"When the client read again {e.first.length:,} of its bytes never came, and the "
        "connection stayed open"
        + ("." if _full_duplex(case) else "; a client that reads all the time gets everything.")
    )
    return Sign(ids_of(still) | _beside(case), (said,), LIKELY)


def _goes_on_alone(case: Case) -> bool:
    """Whether a client that was alone got everything each time when it read again: who does not
    where others are has another bug."""
    tries = [fact(case, "slow-reader", name) for name in ("kind", "interrupted_kind")]
    return STALLED in case.passed and tries == ["", ""]


def deadlock(case: Case) -> Sign | None:
    """All stands still where much goes both ways, though the client reads all the time."""
    still = [e for e in _stands_still(case) if e.first.received]  # else it was never looked at
    if not still or not _full_duplex(case) or _first_ready(case) or not talks(case):
        return None
    if calm(case) and _drained(case):
        return None
    said = "Everything stood still though the client read all the time: much went both ways."
    return Sign(ids_of(still) | _beside(case), (said,), LIKELY)


def _drained(case: Case) -> bool:
    """Whether a reader that had stalled got all that the system held, so that there was room to
    send again: nobody waits for another then, the program has only forgotten to go on."""
    e = case.of(STALLED)
    if e is None or e.first.kind is not Kind.NO_ECHO:
        return False
    return (e.first.received or 0) > MUCH


MUCH = 4 * LARGEST_READ
"""Bytes that no program holds itself: they came out of what the system held."""


def _beside(case: Case) -> frozenset[str]:
    """What else comes of a connection that stands still: our side gives up first."""
    return ids_of(
        [
            e
            for e in of_kinds(case, Kind.EARLY_CLOSE, Kind.TRUNCATED)
            if e.first.ending == "rst" and under_pressure(e)
        ]
    ) | frozenset(e.check_id for e in case.failures if e.first.kind is Kind.NO_ECHO)


def _full_duplex(case: Case) -> bool:
    return first_kind(case, STREAM) in (Kind.NO_ECHO, Kind.NOT_TAKEN)


def _first_ready(case: Case) -> bool:
    """Others get nothing, either: it is no matter of one connection.  One that gets a part of what
    it has sent stands still by itself."""
    if "sessions/simultaneous" in case.failed:
        return True
    e = case.of("sessions/slow-client-aside")
    return e is not None and any(f.kind is not Kind.NO_ECHO or not f.received for f in e.findings)


RULES: tuple[Rule, ...] = (
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
        must=(STREAM,),
        may=(*PRESSURE, "chunking/*", "shutdown/data-with-fin", "sessions/slow-client-aside"),
        strength=1,
        asks=("slow-reader",),
    ),
)
