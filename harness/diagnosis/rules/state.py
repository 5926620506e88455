"""How the bugs of the group "state" of the catalogue show."""

from __future__ import annotations

import re
from collections.abc import Iterable

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import (
    CERTAIN,
    CLOSED,
    LIKELY,
    OF_FUZZ,
    OTHER_BYTES,
    POSSIBLE,
    Evidence,
)
from harness.diagnosis.experiments.values import when
from harness.diagnosis.facts_crowds import (
    ASIDE_STALLED,
    ended_together,
    only_every_other,
    somebody_left,
)
from harness.diagnosis.facts_stream import Session, bad_sessions, listed
from harness.diagnosis.read_sizes import USUAL_READ
from harness.diagnosis.rule import MOST, Rule, Sign
from harness.text.clean import plural
from harness.values.trace import Ending
from harness.values.verdict import Finding, Kind, Profile

OWNER = re.compile(r"belongs? to connection (\d+)")


def foreign_bytes(case: Case) -> list[tuple[Evidence, Finding, bool]]:
    """What came of another connection, and whether that one had left before this one came; where
    nobody knows, nothing."""
    found = []
    for e in case.failures:
        for finding in e.findings:
            named = OWNER.search(finding.message)
            if finding.kind is not Kind.FOREIGN or named is None or finding.session is None:
                continue
            owner = int(named[1]) - 1
            if owner < len(e.trace.scripts) and not _unclear(e, owner, finding.session):
                found.append((e, finding, _earlier(e, owner, finding.session)))
    return found


def _unclear(e: Evidence, owner: int, other: int) -> bool:
    """Whether the target ended the connection of ``owner`` too early, nobody knows when: a client
    that does not read sees it late, and the other may have come since."""
    seen = e.trace.scripts[owner]
    cut = seen.ending is Ending.RST or (seen.ending is Ending.FIN and not seen.half_closed)
    return cut and not _earlier(e, owner, other)


def _earlier(e: Evidence, owner: int, other: int) -> bool:
    """Whether the connection of ``owner`` was over when that of ``other`` began."""
    left = e.trace.scripts[owner].finished
    came = when(e.trace.scripts[other], "connected")
    return left is not None and (came is None or left <= came)


def leftover(case: Case) -> Sign | None:
    """A client gets bytes of one that had left."""
    found = foreign_bytes(case)
    sure = [earlier for e, _, earlier in found if e.check_id != OF_FUZZ]
    if not sure or sure.count(True) < MOST * len(sure) or _crosstalk(case):
        return None  # the end of some who had left is seen late, so not all have to be earlier
    if "identity/hello" in case.failed:
        return None
    mixed = {
        e.check_id
        for e in case.failures
        if e.first.kind in (Kind.FOREIGN, Kind.EXTRA, Kind.DUPLICATED, Kind.CHANGED)
        and (e.first.offset or 0) <= _first_read(e)
    }
    first = found[0][1]
    said = (
        f"{plural(len(found), 'client')} got bytes of one that had left before: "
        f"{first.length or 0:,} bytes in {found[0][0].check_id}."
    )
    return Sign(
        frozenset(e.check_id for e, _, _ in found) | mixed,
        (said,),
        CERTAIN,
    )


def _crosstalk(case: Case) -> bool:
    """Whether clients that were all there from the first moment on got bytes of one another, or
    other bytes than their own."""
    e = case.of("sessions/no-crosstalk")
    return e is not None and any(f.kind in OTHER_BYTES and not _comes_first(f) for f in e.findings)


def _comes_first(found: Finding) -> bool:
    """Whether what nobody of this plan has sent comes before anything else: it is older."""
    return found.kind is Kind.EXTRA and not found.offset


def _first_read(e: Evidence) -> int:
    """Bytes up to which what is left of another connection may come."""
    return min(e.first.sent or 0, USUAL_READ)


def shared(case: Case) -> Sign | None:
    """A client gets bytes of another who is there."""
    found = [(e, f) for e, f, earlier in foreign_bytes(case) if not earlier]
    found = [(e, f) for e, f in found if e.check_id != OF_FUZZ]
    if not found or "identity/hello" in case.failed or leftover(case) is not None:
        return None
    together = [e.check_id for e, _ in found]
    ends = {e.check_id for e in case.failures if e.first.kind in CLOSED} - set(together)
    if len(ends) > MORE_ENDS * len(set(together)):
        return None  # shared bytes end none: connections themselves are confused
    checks = {
        s.check_id
        for s in bad_sessions(case)
        if s.check_id not in ends
        and s.check_id.startswith(
            ("sessions/", "shutdown/", "resilience/", "fuzz/", "partial-send/")
        )
        and len(_connections(case, s)) > 1
    }
    first = found[0][1]
    said = (
        f"{plural(len(found), 'client')} got bytes of another who was there at the same time: "
        f"{first.length or 0:,} bytes in {found[0][0].check_id}."
    )
    return Sign(
        frozenset(together) | checks,
        (said,),
        CERTAIN,
    )


MORE_ENDS = 2
"""Checks with such an end for each that has foreign bytes."""


def _connections(case: Case, s: Session) -> list[int]:
    e = case.of(s.check_id)
    return [n for n, script in enumerate(e.plan.scripts) if script.connects] if e else []


def broadcast(case: Case) -> Sign | None:
    """Each client gets its own bytes and those of the others."""
    found = [(e, f) for e, f, earlier in foreign_bytes(case) if not earlier]
    more = [f for _, f in found if (f.received or 0) > (f.sent or 0)]
    if len(found) < 3 or len(more) * 4 < 3 * len(found):
        return None
    sign = shared(case)
    if sign is None or "sessions/no-crosstalk" not in case.failed:
        return None
    whole = [e for e, f in found if _all_of_both(e, f)]
    if len(whole) * 2 < len(found) or _taken_away(e for e, _ in found):
        return None
    return Sign(
        sign.explains,
        (f"{len(more)} clients got more than they sent: their own bytes and another's.",),
        LIKELY,
    )


def _taken_away(found: Iterable[Evidence]) -> bool:
    """Whether somebody got nothing at all of what another got of it: what is sent to all reaches
    its own client, too."""
    return any(
        f.kind in (Kind.NO_ECHO, Kind.TRUNCATED) and f.sent and not f.received
        for e in found
        for f in e.findings
        if e.check_id != OF_FUZZ
    )


def _all_of_both(e: Evidence, finding: Finding) -> bool:
    """Whether the client got as much as all who were there have sent together."""
    sent = sum(seen.sent for seen in e.trace.scripts)
    return finding.received is not None and finding.received >= 0.5 * sent


def cleared(case: Case) -> Sign | None:
    """One client's reset loses what waits for another; a slow reader alone loses nothing."""
    e = case.of("resilience/reset-mid-echo")
    kinds = (Kind.LOST, Kind.TRUNCATED, Kind.EARLY_CLOSE, Kind.NO_ECHO, Kind.RESET)
    if e is None or e.first.kind not in kinds or not e.first.received:
        return None
    if case.profile is not Profile.CONCURRENT:
        return None
    slow = {
        "partial-send/stalled-reader",
        "partial-send/slow-reader",
        ASIDE_STALLED,
    }
    if slow & case.failed or not slow & case.passed or e.trace.deaths:
        return None
    if {"resilience/reset-idle", "resilience/vanish-while-sending"} & case.failed:
        return None
    if any(o.first.kind in CLOSED and not somebody_left(o) for o in case.failures):
        return None  # connections end without any reset, too
    said = (
        "A client that reads slowly gets everything, but not when another client has reset "
        "its connection meanwhile."
    )
    return Sign(
        frozenset({e.check_id}),
        (said,),
        LIKELY,
    )


def ends_others(case: Case) -> Sign | None:
    """The connections of others end when a client has reset its own, and the server lives on."""
    ended = [e for e in case.failures if e.first.kind in CLOSED and e.check_id != OF_FUZZ]
    if case.profile is not Profile.CONCURRENT or len(ended) < 2:
        return None
    others = (OF_FUZZ, *(e.check_id for e in ended))
    if any(e.died or e.check_id not in others for e in _of_service(case)):
        return None
    if not all(map(_somebody_reset, ended)) or not any(map(_stood, ended)):
        return None
    said = (
        "A connection that had got all its bytes ended when another client had reset its own; "
        "where no client does so, none ends early, and the server lives on."
    )
    return Sign(
        frozenset(e.check_id for e in case.failures if e.first.kind in CLOSED),
        (said,),
        LIKELY,
        "an error of one client's connection is not caught where that client is served, and ends "
        "the connections of all others",
    )


def _of_service(case: Case) -> list[Evidence]:
    """What fails and is no matter of what a leaver leaves behind."""
    return [e for e in case.failures if not e.check_id.startswith("resources/")]


def _somebody_reset(e: Evidence) -> bool:
    """Whether a client reset its connection."""
    return any(m.what == "reset" for s in e.trace.scripts for m in s.timeline)


def _stood(e: Evidence) -> bool:
    """Whether a connection ended early that had got back all that it had sent."""
    return any(f.kind is Kind.EARLY_CLOSE and f.sent and f.received == f.sent for f in e.findings)


def skipped(case: Case) -> Sign | None:
    """Of clients that end in the same moment every second one is not closed."""
    e = case.of("sessions/queue")
    if e is None or not case.failed <= {"sessions/queue", OF_FUZZ, "sessions/simultaneous"}:
        return None
    numbers = sorted(f.session for f in e.findings if f.session is not None)
    if any(f.kind is not Kind.NO_END for f in e.findings) or not numbers or numbers[0] == 0:
        return None
    if not only_every_other(e) or not all(ended_together(e, f) for f in e.findings):
        return None
    said = (
        "Of clients that end in the same moment numbers "
        f"{listed([n + 1 for n in numbers])} are not closed; those between them are."
    )
    return Sign(
        frozenset(case.failed),
        (said,),
        POSSIBLE,
    )


ASKS = ("crosstalk",)
RULES: tuple[Rule, ...] = (
    Rule("leftover-of-earlier", leftover, strength=2, asks=ASKS),
    Rule("shared-buffer", shared, strength=2, asks=ASKS),
    Rule("broadcast", broadcast, ("sessions/no-crosstalk",), strength=3, asks=ASKS),
    Rule("global-error-clears-all", cleared, ("resilience/reset-mid-echo",), strength=1),
    Rule("client-error-ends-server", ends_others, strength=1),
    Rule("removal-skips-next", skipped, ("sessions/queue",), strength=1),
)
