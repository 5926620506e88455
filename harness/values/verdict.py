"""Findings and verdicts: the values that a judgement consists of."""

from __future__ import annotations

import enum
from collections.abc import Sequence

from msgspec import Struct


class Level(enum.StrEnum):
    """In the sense of RFC 2119; ``may`` is for information and never fails a target."""

    MUST = "must"
    SHOULD = "should"
    MAY = "may"


class Profile(enum.StrEnum):
    """What a target promises."""

    ONE_SHOT = "one-shot"
    SEQUENTIAL = "sequential"
    CONCURRENT = "concurrent"


class Breach(enum.StrEnum):
    """A safety breach is proved by seeing it once; a liveness breach needs a second try."""

    SAFETY = "safety"
    LIVENESS = "liveness"


class Kind(enum.StrEnum):
    """What was observed: of bytes, then of whole datagrams, then of the connection."""

    CHANGED = "changed"
    LOST = "lost"
    DUPLICATED = "duplicated"
    REORDERED = "reordered"
    EXTRA = "extra"
    FOREIGN = "foreign"
    TRUNCATED = "truncated"

    MERGED = "merged"
    """Several datagrams came back as one."""
    SPLIT = "split"
    """One datagram came back as several."""
    ELSEWHERE = "elsewhere"
    """The answer came from another address than the one that was asked."""

    REFUSED = "refused"
    EARLY_CLOSE = "early-close"
    RESET = "reset"
    DIED = "died"
    EXIT_STATUS = "exit-status"
    NO_ECHO = "no-echo"
    NO_END = "no-end"
    NOT_TAKEN = "not-taken"
    """The target stopped taking data although its replies were being read."""
    NOT_RELEASED = "not-released"
    STILL_RUNNING = "still-running"
    NOT_LISTENING = "not-listening"
    ORDER = "order"
    """Clients were served in an order that lets one wait for another."""
    RESOURCE = "resource"


class Finding(Struct, frozen=True):
    """One observed breach, with its evidence."""

    kind: Kind
    breach: Breach
    message: str
    """One sentence, complete, without the name of the check."""
    session: int | None = None
    """Index of the script in the plan."""
    offset: int | None = None
    """Position in the stream, in bytes, where it shows."""
    length: int | None = None
    """How many bytes are concerned."""
    expected: str | None = None
    """A window of what was expected from ``window_start`` on, in hex."""
    got: str | None = None
    window_start: int | None = None
    ending: str | None = None
    sent: int | None = None
    received: int | None = None


class Status(enum.StrEnum):
    """What a check ends with."""

    PASSED = "passed"
    FAILED = "failed"
    FLAKY = "flaky"
    SKIPPED = "skipped"
    INCONCLUSIVE = "inconclusive"


class Diagnosis(Struct, frozen=True):
    """The likely bug, in words that a beginner can act on."""

    bug: str
    hint: str
    confidence: str
    """``certain``, ``likely`` or ``possible``."""
    cause: str | None = None
    """Its id in the catalogue of causes; None where nothing in it explains the failure."""


class TimelineEntry(Struct, frozen=True):
    """One line of the exchange, for people: when, who, what."""

    at: float
    session: int
    what: str


class Result(Struct, frozen=True):
    """The verdict on one check, with all that a report shows of it."""

    id: str
    level: Level
    status: Status
    duration_s: float
    requirement: str
    basis: str
    summary: str
    diagnosis: Diagnosis | None = None
    findings: tuple[Finding, ...] = ()
    timeline: tuple[TimelineEntry, ...] = ()
    output: str = ""
    """The last lines that the target wrote, sanitised."""
    case: str | None = None
    """Path of the saved plan."""
    repeat: str = ""
    """A command line that shows it again."""
    expected: str | None = None
    """Why the user expects this failure; it does not count."""
    capture: str | None = None
    """Path of a capture of its repetition, for Wireshark."""
    surprising: bool = False
    """It passed, although the user expects it to fail: the status is ``failed``, and counts."""


class Verdict(enum.StrEnum):
    """What a run ends with."""

    CONFORMING = "conforming"
    NONCONFORMING = "nonconforming"
    UNTESTABLE = "untestable"
    UNDECIDED = "undecided"


EXIT_CODE = {
    Verdict.CONFORMING: 0,
    Verdict.NONCONFORMING: 1,
    Verdict.UNTESTABLE: 3,
    Verdict.UNDECIDED: 4,
}


def counts_against(result: Result, *, strict: bool) -> bool:
    """Whether ``result`` makes a target nonconforming.

    A failed ``must`` does, a failed ``should`` only if ``strict``; not if it is expected.  A check
    that passed although it was expected to fail does at any level: the expectation is wrong.
    """
    if result.status is not Status.FAILED or result.expected is not None:
        return False
    return (
        result.surprising or result.level is Level.MUST or (strict and result.level is Level.SHOULD)
    )


def is_open(result: Result) -> bool:
    """Whether ``result`` leaves open if the target keeps a ``must``.

    An inconclusive result does.  So does a flaky one: the breach was seen once, and not again.
    """
    return result.level is Level.MUST and result.status in (Status.INCONCLUSIVE, Status.FLAKY)


def conclude(results: Sequence[Result], *, strict: bool, not_run: Sequence[str] = ()) -> Verdict:
    """The verdict that ``results`` add up to; ``not_run``: the chosen checks that have none.

    The verdict says no more than was verified.  A check that is open or did not run accuses nobody,
    but the target conforms only if there is no such check.  An expected failure accuses nobody and
    is no pass either; a run in which nothing was verified is undecided.  A failed ``should`` that
    does not count was verified: it is a warning.
    """
    if any(counts_against(r, strict=strict) for r in results):
        return Verdict.NONCONFORMING
    if not_run or any(map(is_open, results)):
        return Verdict.UNDECIDED
    warned = any(
        r.status is Status.FAILED and r.level is Level.SHOULD and r.expected is None
        for r in results
    )
    if warned or any(r.status is Status.PASSED for r in results):
        return Verdict.CONFORMING
    return Verdict.UNDECIDED
