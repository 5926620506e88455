"""What the rules look at where an instance ended: what came before it, and what it said itself.

Pure functions of a case and of its evidence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import Evidence
from harness.diagnosis.words import Raised, explained, most_telling, told
from harness.diagnosis.words.errnos import named
from harness.values.trace import Death, Moment, ScriptTrace, Trace
from harness.values.verdict import Profile

RESET, VANISHED, CLOSED, ENDED = "reset", "vanished", "closed", "half-closed"
CONTINUED, URGENT, NOTHING, GAVE_UP = "continued", "urgent", "nothing", "gave up"
LIMITED = "descriptors limited"
LEFT_BADLY = frozenset({RESET, VANISHED})
SAID = {
    RESET: "a client had reset its connection",
    VANISHED: "a client had gone without its answer",
    CLOSED: "a client had closed its connection",
    ENDED: "a client had ended its side in good order",
    CONTINUED: "it had been stopped and continued",
    URGENT: "a client had sent an urgent byte",
    NOTHING: "nothing special had happened",
    GAVE_UP: "a client had waited in vain and gone",
    LIMITED: "it could open no more descriptors",
}
"""In words that go after "after"."""
_DEEDS = {
    "reset": RESET,
    "closed": CLOSED,
    "half-closed": ENDED,
    "target interrupted": CONTINUED,
    "target resumed": CONTINUED,
    "sent urgent byte": URGENT,
    "descriptors limited": LIMITED,
}


class Fall(Struct, frozen=True):
    """The end of an instance that nobody asked for."""

    check_id: str
    death: Death
    after: str
    """What a client, or the harness, had done last before it showed."""
    served: int
    """Clients that had got bytes by then."""
    waiting: int
    """Clients that were connected then and had done nothing to end."""
    in_vain: bool
    """A client had waited in vain before, and gone."""
    silence: float
    """Seconds between the last thing that anybody did and the first sign of the end."""


OF_STARTS = ("not-listening",)
"""Causes that let nobody in: a call that fails so in a server that has served is another one."""


def proved(raised: Raised, case: Case) -> str | None:
    """The cause that ``raised`` proves by itself, in a server that has done what ``case`` says."""
    cause = explained(raised)
    return None if cause in OF_STARTS and case.passed else cause


def falls(case: Case) -> tuple[Fall, ...]:
    """The deaths in the failed checks; not those with which a one-shot target does its duty."""
    dutiful = case.profile is Profile.ONE_SHOT
    return tuple(
        fall_in(e, death)
        for e in case.failures
        for death in e.trace.deaths[:1]
        if not death.asked and not (dutiful and death.clean)
    )


FAMINE = "resilience/descriptor-famine"
OF_FAMINE = ("EMFILE", "ENFILE")
"""What a program says of a lack of descriptors, its own or the system's."""


def plain_falls(case: Case) -> tuple[Fall, ...]:
    """Those that did not come of a lack of descriptors, which is a matter of its own."""
    return tuple(fall for fall in falls(case) if fall.check_id != FAMINE)


def fell(case: Case) -> frozenset[str]:
    """The checks in which it ended, but for one where it said that descriptors had run out."""
    ids = frozenset(fall.check_id for fall in falls(case))
    famine = case.of(FAMINE)
    return ids - {FAMINE} if famine is not None and code_of(famine) in OF_FAMINE else ids


def fall_in(e: Evidence, death: Death) -> Fall:
    """What came before ``death``, which is one of those in ``e.trace``."""
    sign = _first_sign(e.trace, death)
    at, after = _last_deed(e.trace, sign)
    moved = max((t for t in _times(e.trace) if t <= sign), default=0.0)
    return Fall(
        check_id=e.check_id,
        death=death,
        after=after,
        served=sum(s.first_byte is not None and s.first_byte <= sign for s in e.trace.scripts),
        waiting=sum(_is_waiting(s, sign) for s in e.trace.scripts),
        in_vain=any(what == GAVE_UP for _, what in _deeds(e.trace, sign)),
        silence=round(sign - max(moved, at), 2),
    )


def _first_sign(trace: Trace, death: Death) -> float:
    """When it showed first that the instance had ended."""
    refused = (
        m.at
        for s in trace.scripts
        for m in s.timeline
        if m.what.startswith(("connection failed", "target ended"))
    )
    sign = min([death.at, *refused])
    last = max(
        (
            m.until or m.at
            for s in trace.scripts
            for m in s.timeline
            if m.what == "received" and (m.until or m.at) <= sign
        ),
        default=0.0,
    )
    broken = (
        m.at
        for s in trace.scripts
        for m in s.timeline
        if m.what.startswith("target reset")
        or (m.what.startswith("target closed") and not s.half_closed)
        if last <= m.at <= sign
    )
    return min([sign, *broken])


def _last_deed(trace: Trace, sign: float) -> tuple[float, str]:
    deeds = sorted(_deeds(trace, sign))
    if not deeds:
        return 0.0, NOTHING
    at, what = deeds[-1]
    if what == CONTINUED:  # what was done while it was stopped shows when it goes on
        stopped = max(
            (m.at for _, m in _moments(trace) if m.what == "target paused" and m.at <= at),
            default=at,
        )
        held = [deed for t, deed in deeds if stopped <= t < at and deed != CONTINUED]
        return at, held[-1] if held else CONTINUED
    return at, what


def _deeds(trace: Trace, sign: float) -> Iterator[tuple[float, str]]:
    for seen, moment in _moments(trace):
        what = _DEEDS.get(moment.what)
        if moment.what.startswith(("gave up waiting", "left: ")):
            what = GAVE_UP
        if moment.at > sign or what is None:
            continue
        if what in (ENDED, CLOSED) and not _connected_before(seen, moment):
            continue
        owed = what == CLOSED and seen.received < seen.sent
        yield moment.at, VANISHED if owed else what


def _connected_before(seen: ScriptTrace, moment: Moment) -> bool:
    return any(m.what == "connected" and m.at <= moment.at for m in seen.timeline)


def _moments(trace: Trace) -> Iterator[tuple[ScriptTrace, Moment]]:
    for seen in trace.scripts:
        for moment in seen.timeline:
            yield seen, moment


def _times(trace: Trace) -> Iterator[float]:
    for _, moment in _moments(trace):
        if moment.what in ("sent", "received", "connected"):
            yield moment.until or moment.at


def _is_waiting(seen: ScriptTrace, sign: float) -> bool:
    """Connected, and neither gone nor ended when it happened."""
    began = [m.at for m in seen.timeline if m.what == "connected"]
    over = [m.at for m in seen.timeline if m.what in ("closed", "reset", "half-closed")]
    return bool(began) and began[0] <= sign and not any(t <= sign for t in over)


# --- the words of the instance that ended -------------------------------------------------------


def words_of(e: Evidence) -> Raised | None:
    """The exception that tells most in the output of the instance that failed in ``e``."""
    return most_telling(told(e.output))


def code_of(e: Evidence) -> str:
    """The system's name of the error that this output tells last, such as ECONNRESET, or nothing:
    programs also print it in words of their own."""
    raised = words_of(e)
    if raised is not None:
        return raised.code
    lines = [line for line in e.output.splitlines() if line.strip()]
    return named(lines[-1]) if lines else ""


def quoted(raised: Raised) -> str:
    """``KeyError: 7`` (server.py:12, in serve: data.decode()), as it goes into a sentence."""
    where = f" ({raised.where})" if raised.where else ""
    return f"{raised.headline[:100]}{where}"


WORDS = r"[^\n\"{}]{0,60}"
"""What stands beside, in the same text of a line that may be JSON."""
ENDED_PROCESS = re.compile(
    rf"\b(worker|child|process)\b{WORDS}\b(exit(ed|s)?|died|dead|crash(ed)?|killed|terminated"
    rf"|re(start|spawn)(ed|ing)?)\b{WORDS}",
    re.IGNORECASE,
)
"""What is said of such a process."""
BROKE_OFF = re.compile(
    rf"{WORDS}\b(ECONNRESET|EPIPE|connection reset|broken pipe)\b", re.IGNORECASE
)
"""Why: an error of one connection."""


def of_workers(case: Case) -> tuple[str, str]:
    """What the target says of a process of its own that has ended, and which error of a connection
    it tells of; empty where it says nothing."""

    def said(what: re.Pattern[str]) -> str:
        found = (what.search(e.output) for e in case.failures)
        return next((one[0].strip() for one in found if one), "")

    return said(ENDED_PROCESS), said(BROKE_OFF)
