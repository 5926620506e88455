"""How the bugs of the group "ending" of the catalogue show."""

from __future__ import annotations

import re

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import CERTAIN, LIKELY, Evidence
from harness.diagnosis.experiments.values import number
from harness.diagnosis.facts_deaths import code_of, falls
from harness.diagnosis.facts_process import fact, first_kind, talks
from harness.diagnosis.rule import Rule, Sign, explained
from harness.values.plan import StopReading
from harness.values.verdict import Kind, Profile

STAYS = (
    "identity/*",
    "shutdown/*",
    "chunking/*",
    "sessions/*",
    "resilience/*",
    "resources/*",
    "fuzz/plans",
)
"""Checks in which somebody waits for the end of a connection."""


def _stay(case: Case) -> frozenset[str]:
    return frozenset(
        e.check_id
        for e in case.failures
        if e.kinds & {Kind.NO_END, Kind.NOT_RELEASED}
        or (e.first.kind is Kind.RESOURCE and e.check_id.startswith("resources/"))
    )


def _stays(case: Case) -> frozenset[str]:
    """The same, and those who wait behind a connection that never ends, where that is due."""
    if case.profile is not Profile.SEQUENTIAL:
        return _stay(case)
    behind = explained(
        case, (Kind.NO_ECHO,), lambda e: bool(e.first.session) and not e.first.received
    )
    return _stay(case) | behind


def _never_ends(case: Case) -> bool:
    """Whether the connection stays open after the client's end, though all else is well."""
    told = first_kind(case, "shutdown/after-echo") or first_kind(case, "shutdown/orderly")
    if told is not None and told not in (Kind.DIED, Kind.EARLY_CLOSE):
        return told is Kind.NO_END
    return fact(case, "end", "later") == "open"


def never_closes(case: Case) -> Sign | None:
    """The connection stays open after the client's end, and the server is at rest."""
    if not _never_ends(case) or _spins(case) or _forks(case) or _writes_on(case):
        return None
    said = "After the client had ended its side the connection stayed open, and the server slept."
    return Sign(_stays(case), (said,), LIKELY)


def copy_kept_open(case: Case) -> Sign | None:
    """The same, and it has a process for each client."""
    if not _forks(case) or not _never_ends(case):
        return None
    said = "The connection stays open after the client's end; it has a process for each client."
    return Sign(_stay(case), (said,), LIKELY)


def end_lost_when_full(case: Case) -> Sign | None:
    """The connection stays open only where the client read late, and all bytes came."""
    e = case.of("shutdown/lagging-reader")
    if e is None or e.first.kind is not Kind.NO_END or not talks(case):
        return None
    if {"shutdown/after-echo", "shutdown/orderly"} & case.failed or not _reads_late(e):
        return None
    if fact(case, "end", "together") == "open":
        return None  # of a few bytes, for which nothing had to wait
    late = frozenset(o.check_id for o in case.failures if Kind.NO_END in o.kinds)
    ended = sum(1 for s in e.trace.scripts if s.ended is not None)
    said = (
        f"Of {len(e.trace.scripts)} clients that read late {ended} got the end of the stream; the "
        "others got all bytes, and their connections stayed open."
    )
    return Sign(late, (said,), LIKELY)


def _reads_late(e: Evidence) -> bool:
    return any(isinstance(step, StopReading) for step in e.steps)


def missing_break(case: Case) -> Sign | None:
    """The same, and it goes on reading the end, or writing, again and again."""
    spins = case.of("shutdown/no-spin")
    writes = _writes_on(case)
    if ((spins is None or not _spins(case)) and not writes) or "resources/idle-cpu" in case.failed:
        return None
    if not _never_ends(case) and not any(Kind.NO_END in e.kinds for e in case.failures):
        return None
    said = "After the client had ended the connection stayed open, and the server was busy."
    if writes:
        said = (
            "After the client had ended the connection stayed open; when the client had gone the "
            "server went on writing to it, and failed."
        )
    found = _stays(case) | writes | ({"shutdown/no-spin"} if _spins(case) else set())
    return Sign(frozenset(found), (said,), CERTAIN)


def _writes_on(case: Case) -> frozenset[str]:
    """Checks in which it wrote to a client that had ended, waited for the end, and gone."""
    return frozenset(
        f.check_id
        for f in falls(case)
        if f.in_vain
        and (e := case.of(f.check_id)) is not None
        and code_of(e) in ("EPIPE", "ECONNRESET")
        and any(
            s.half_closed or any(m.what == "half-closed" for m in s.timeline)
            for s in e.trace.scripts
        )
    )


def _spins(case: Case) -> bool:
    return first_kind(case, "shutdown/no-spin") is Kind.RESOURCE


def _forks(case: Case) -> bool:
    """Whether it has a process for each client, as far as anything measured; else its source
    tells, as a child may have ended before anybody looked."""
    children = fact(case, "end", "children")
    if not number(children) and any(FORKS.search(text) for _, text in case.sources):
        return True
    return number(children) > 0 or any(
        m.processes > 1 or m.zombies > 0 for e in case.failures for m in e.trace.measurements
    )


FORKS = re.compile(r"\baccept4?\b[\s\S]{0,500}\bfork\s*\(")
"""A process that is started behind an accept(), and not for the whole program."""


def reset_instead(case: Case) -> Sign | None:
    """All bytes come back, and then a reset."""
    if first_kind(case, "shutdown/orderly") is not Kind.RESET:
        return None
    found = explained(case, (Kind.RESET,)) | frozenset(
        e.check_id
        for e in case.failures
        if e.first.kind is Kind.TRUNCATED and e.first.ending == "rst"
    )
    said = "All bytes had come back, and the connection ended with RST where FIN belongs."
    return Sign(found, (said,), CERTAIN)


def waits_for_first(case: Case) -> Sign | None:
    """A client that ends without data never sees the end."""
    if first_kind(case, "shutdown/at-once") is not Kind.NO_END:
        return None
    if "shutdown/after-echo" not in case.passed:
        return None
    if any(e.first.kind is Kind.NO_ECHO and e.first.sent for e in case.failures):
        return None  # some clients are not served at all, and this was one of them
    found = frozenset(
        e.check_id for e in case.failures if Kind.NO_END in e.kinds and not e.first.sent
    )
    said = "An end is answered when data came before it, and not when none did."
    return Sign(found, (said,), CERTAIN)


RULES: tuple[Rule, ...] = (
    Rule("never-closes", never_closes, must=("shutdown/after-echo",), may=STAYS, asks=("end",)),
    Rule(
        "end-lost-when-full",
        end_lost_when_full,
        must=("shutdown/lagging-reader",),
        may=("shutdown/*", "partial-send/*", "fuzz/plans"),
        strength=1,
    ),
    Rule("copy-kept-open", copy_kept_open, may=STAYS, strength=1, asks=("end",)),
    Rule(
        "missing-break",
        missing_break,
        must=("shutdown/no-spin", "shutdown/after-echo"),
        may=STAYS,
        strength=1,
    ),
    Rule("reset-instead-of-fin", reset_instead, must=("shutdown/orderly",), strength=1),
    Rule(
        "waits-for-first-data",
        waits_for_first,
        must=("shutdown/at-once",),
        strength=1,
        asks=("end",),
    ),
)
