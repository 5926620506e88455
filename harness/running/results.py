"""Results: a check's constant parts, its status, and what the report shows of a breach."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from harness.contract.check import Check
from harness.launcher.output import last_lines
from harness.values.datagrams import DatagramTrace
from harness.values.trace import Trace
from harness.values.verdict import Diagnosis, Finding, Result, Status, TimelineEntry

OUT_OF_TIME = (
    "the run had taken its time, a minute at the default patience; --only judges this check alone, "
    "and --patience gives it longer"
)
MOST_MOMENTS = 80
"""Entries of a timeline: the first of them lead to the breach, or nearly so."""


class Shown(Struct, frozen=True):
    """What a report shows of a breach, so that a reader can follow and repeat it."""

    findings: tuple[Finding, ...] = ()
    trace: Trace | DatagramTrace | None = None
    """The exchange in which it was seen: its timeline is shown."""
    output: str = ""
    """What the target wrote last."""
    diagnosis: Diagnosis | None = None
    case: str | None = None
    """The path of the saved plan."""
    capture: str | None = None
    """The path of the packets of its repetition."""
    repeat: str = ""
    """The command that repeats it."""


NOTHING = Shown()


def result_of(check: Check, status: Status, summary: str = "", shown: Shown = NOTHING) -> Result:
    """A result of ``check``, with its constant parts filled in."""
    return Result(
        id=check.id,
        level=check.level,
        status=status,
        duration_s=0.0,
        requirement=check.requirement,
        basis=check.basis,
        summary=summary,
        findings=shown.findings,
        timeline=timeline_of(shown.trace, shown.findings) if shown.trace is not None else (),
        output=last_lines(shown.output),
        diagnosis=shown.diagnosis,
        case=shown.case,
        capture=shown.capture,
        repeat=shown.repeat,
    )


def skipped(check: Check, reason: str) -> Result:
    """The result of a check that has no meaning for the target."""
    return result_of(check, Status.SKIPPED, reason)


def undecided(check: Check, reason: str) -> Result:
    """The result of a check that proves nothing, for ``reason``."""
    return result_of(check, Status.INCONCLUSIVE, reason)


def timeline_of(
    trace: Trace | DatagramTrace, findings: tuple[Finding, ...]
) -> tuple[TimelineEntry, ...]:
    """The exchange of the session that failed, or of all when none is named."""
    concerned = {f.session for f in findings[:1]}
    timelines = [seen.timeline for seen in trace.scripts]
    entries = [
        TimelineEntry(
            at=round(moment.at, 4),
            session=index,
            what=moment.what if not moment.size else f"{moment.what} ({moment.size:,})",
        )
        for index, timeline in enumerate(timelines)
        if None in concerned or index in concerned
        for moment in timeline
    ]
    return tuple(sorted(entries, key=lambda e: e.at)[:MOST_MOMENTS])


def timed(result: Result, seconds: float) -> Result:
    """``result``, with how long it took."""
    return msgspec.structs.replace(result, duration_s=round(seconds, 4))
