"""What the rules look at beside the bytes: who was served, how readers that stall fare, and how
connections end.  Pure functions of a case and of its evidence.
"""

from __future__ import annotations

import msgspec

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import Evidence
from harness.diagnosis.experiments.values import Fact, Observed
from harness.diagnosis.pauses import silence_at_end
from harness.diagnosis.rule import PLAIN, matches
from harness.values.plan import StartReading, StopReading
from harness.values.verdict import Kind

SINGLE_BYTES = "chunking/byte-by-byte"
SMALL = 2**20
"""Bytes: a TCP connection holds several times as many, a Unix socket a fifth."""
PRESSURE = (
    "partial-send/*",
    "identity/long-stream",
    "shutdown/flushes-everything",
    "shutdown/lagging-reader",
    "resilience/reset-mid-echo",
    "resilience/vanish-while-sending",
    "sessions/no-crosstalk",
    "sessions/no-leftovers",
    "sessions/stalled-client-aside",
    "chunking/cumulative",
    "identity/counter",
    "fuzz/plans",
)
"""Checks in which more may be on its way than the system holds."""
MUCH = 2 * 2**20
"""Bytes that may be more than the buffers of the system hold, whoever reads."""
SILENT = 0.4
"""Seconds that nobody computes over one message."""
AT_ONCE = 0.35
"""Seconds: whoever closes within so much of the last byte that it took had no time limit."""


def under_pressure(e: Evidence) -> bool:
    """Whether the target may have had to wait until it could send in the session that failed."""
    held_back = any(isinstance(step, StopReading | StartReading) for step in e.steps)
    return held_back or (e.first.sent or 0) > MUCH


def patience_of(e: Evidence) -> float | None:
    """Seconds from the last byte that the target took, or sent, to the first sign that it had
    closed; None where it did not close."""
    over = [
        m.at
        for m in e.moments
        if m.what.startswith(("write failed", "target closed", "target reset"))
    ]
    if not over:
        return None
    moved = [
        m.until or m.at
        for m in e.moments
        if m.what in ("sent", "received") and (m.until or m.at) < over[0]
    ]
    return over[0] - max(moved, default=over[0])


def stalled_first(e: Evidence) -> bool:
    """Whether the target stalled, and so was alive with a full buffer, before anything ended."""
    return any(m.what == "target stalls" for m in e.moments)


def took_more(e: Evidence) -> bool:
    """Whether the target took more bytes after it had stalled, and so went on."""
    stalls = [m.at for m in e.moments if m.what == "target stalls"]
    return bool(stalls) and any(m.what == "sent" and m.at > stalls[0] for m in e.moments)


def silence_before_end(e: Evidence) -> float:
    """Seconds between the last byte, either way, and the end of the connection that failed."""
    return silence_at_end(e.seen) if e.seen is not None else 0.0


def idle_cpu(case: Case) -> tuple[bool, bool]:
    """Whether it is busy while nobody is connected, and while its one client is idle."""
    e = case.of("resources/idle-cpu")
    if e is None or e.first.kind is not Kind.RESOURCE:
        return False, False
    texts = [f.message for f in e.findings]
    return any("nobody" in t for t in texts), any("one client" in t for t in texts)


def after_it_waited(case: Case) -> bool:
    """Whether it is busy only with a client for which output had to wait, and waits no more."""
    e = case.of("resources/idle-cpu")
    return e is not None and all("idle again" in f.message for f in e.findings)


# --- what is well -------------------------------------------------------------------------------


def talks(case: Case) -> bool:
    """Whether messages are answered one after another on a connection that goes on: what fails
    then needs something special, such as a stop, an end, a flood or another client."""
    well = (*PLAIN, "chunking/prompt", "shutdown/not-early")
    late = str(fact(case, "answers", "when")).startswith("after")
    return not late and case.failed.isdisjoint(well)


def calm(case: Case) -> bool:
    """Whether all is well where nothing waits: neither size nor bytes of a message matter."""
    ids = [i for i in case.failed if matches(i, ("identity/*", "chunking/*"))]
    return talks(case) and all(matches(i, PRESSURE) for i in ids)


def calm_but_for_single_bytes(case: Case) -> bool:
    """Whether single bytes in a row are lost as well, where the system holds few: each of them
    takes as much room in a Unix socket as hundreds together."""
    e = case.of(SINGLE_BYTES)
    held = case.of("partial-send/stalled-reader")
    if e is None or held is None or (held.first.received or 0) > SMALL:
        return False
    rest = [one for one in case.failures if one is not e]
    return e.first.kind is Kind.LOST and calm(msgspec.structs.replace(case, failures=tuple(rest)))


def stall_costs_nothing(case: Case) -> bool:
    """Whether a reader that let the target stall for a moment was seen to lose nothing at all."""
    stalled = fact(case, "slow-reader", "stalls") is True
    kinds = (fact(case, "slow-reader", f"{when}kind") for when in ("", "interrupted_"))
    return stalled and not any(kinds) and fact(case, "slow-reader", "ending") == "open"


# --- short ways to say what rules ask often -----------------------------------------------------


def first_kind(case: Case, check_id: str) -> Kind | None:
    """What was seen first in this check, if it failed."""
    e = case.of(check_id)
    return e.first.kind if e is not None else None


def only(case: Case, *patterns: str) -> bool:
    """Whether nothing else failed than what ``patterns`` mean."""
    return all(matches(check_id, patterns) for check_id in case.failed)


def tried(case: Case, experiment: str) -> Observed | None:
    """The outcome of an experiment, if there was time for all of it."""
    seen = case.saw(experiment)
    return None if seen is None or seen.facts.get("cut") else seen


def fact(case: Case, experiment: str, name: str) -> Fact | None:
    """One thing that an experiment has shown, if there was time for all of it."""
    seen = tried(case, experiment)
    return None if seen is None else seen.facts.get(name)


def ends_well(case: Case, *ways: str) -> bool:
    """Whether the experiment with the client's end was answered in order in each of these ways, and
    nothing was missing."""
    return all(
        fact(case, "end", way) == "fin" and fact(case, "end", f"{way}_missing") is None
        for way in ways
    )
