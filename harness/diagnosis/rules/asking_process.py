"""Which experiments tell the bugs of accepting, sending, ending and of the process apart."""

from __future__ import annotations

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import OF_FUZZ
from harness.diagnosis.facts_crowds import ASIDE_STALLED, FORGOTTEN
from harness.diagnosis.facts_deaths import FAMINE, Fall, falls, words_of
from harness.diagnosis.facts_process import PRESSURE, calm, first_kind, talks
from harness.diagnosis.rule import NEARLY_ALL, matches
from harness.diagnosis.words import explained
from harness.values.verdict import Kind, Profile

CONCLUSIVE = (
    "resources/*",
    "resilience/terminates",
    FAMINE,
    "launch/restarts",
    "partial-send/bounded-memory",
    "shutdown/no-spin",
)
"""Checks whose failure says what it is."""
TOGETHER = ("sessions/simultaneous", "sessions/slow-client-aside", ASIDE_STALLED)
BESIDE = (
    "sessions/queue",
    "sessions/churn",
    "sessions/slow-client-aside",
    "sessions/no-crosstalk",
)
"""Checks in which some clients stay while others come and go."""
LEAVING = ("sessions/no-leftovers", "sessions/churn", "resilience/*")


def wanted(case: Case) -> tuple[str, ...]:
    """Ids of experiments, the most telling first; none where the failures are conclusive."""
    failed = frozenset(i for i in case.failed if not matches(i, CONCLUSIVE))
    if not failed:
        return ()
    ends = falls(case)
    if ends and _have_words(case, ends):
        return ()
    ids = [*_of_ends(case, ends), *_of_clients(case, failed), *_of_one(case, failed)]
    return tuple(dict.fromkeys(ids))


def _have_words(case: Case, ends: tuple[Fall, ...]) -> bool:
    """Whether an exception has told why it ended."""
    found = [w for f in ends if (e := case.of(f.check_id)) and (w := words_of(e))]
    return any(w.fatal or explained(w) for w in found) and len(ends) * 2 > len(case.failed)


def _of_ends(case: Case, ends: tuple[Fall, ...]) -> list[str]:
    if not ends:
        refused = any(f.kind is Kind.REFUSED for e in case.failures for f in e.findings)
        return ["connections"] if refused else []
    return ["connections", "idle"] if any(f.death.clean for f in ends) else ["connections"]


def _of_clients(case: Case, failed: frozenset[str]) -> list[str]:
    """What only shows with several clients, or after others."""
    if not talks(case):
        return ["leavers"] if _only_later_ones(case) or _by_chance(case) else []
    ids = []
    if case.profile is Profile.CONCURRENT and failed & frozenset(TOGETHER):
        ids += ["clients", "neighbours"]
    if first_kind(case, "sessions/queue") in (Kind.ORDER, *FORGOTTEN):
        ids.append("clients")
    if case.profile is Profile.CONCURRENT and any(first_kind(case, i) in FORGOTTEN for i in BESIDE):
        # A crowd that is well as long as it stays suffers when one leaves.
        ids.insert(len(ids) if "sessions/simultaneous" in failed else 1, "leavers")
    silent = (Kind.NO_ECHO, Kind.REFUSED, Kind.EARLY_CLOSE)
    in_a_row = "sessions/one-after-another" in failed
    left = any(matches(i, LEAVING) and first_kind(case, i) in silent for i in failed)
    if left and not in_a_row:
        ids.append("aftermath")
    if left or in_a_row:
        ids.append("connections")
    return ids


def _only_later_ones(case: Case) -> bool:
    """Whether those who come together are served, and some who come later disconnected at once."""
    e = case.of("sessions/one-after-another")
    lost = e is not None and e.first.kind is Kind.EARLY_CLOSE and not e.first.received
    well = "sessions/simultaneous" not in case.failed
    return lost and well and case.profile is Profile.CONCURRENT


def _by_chance(case: Case) -> bool:
    """Whether most messages of one client come back, and a plain one did not: who was there before
    may have to do with it."""
    ids = [i for i in case.failed | case.passed if i.startswith("identity/")]
    right = sum(i in case.passed for i in ids)
    company = any(first_kind(case, i) in FORGOTTEN for i in (*BESIDE, "sessions/no-leftovers"))
    return case.profile is Profile.CONCURRENT and company and right >= NEARLY_ALL * len(ids)


def _of_one(case: Case, failed: frozenset[str]) -> list[str]:
    """What shows with one client, if enough is done to it."""
    ids = []
    kinds = {first_kind(case, i) for i in failed}
    if "resilience/pause-resume" in failed or "resilience/urgent-data" in failed:
        ids += ["signals"] if talks(case) else []
    if first_kind(case, "shutdown/idle-kept") in (Kind.EARLY_CLOSE, Kind.DIED):
        ids.append("idle")
    if kinds & {Kind.NO_END, Kind.NOT_RELEASED} or (Kind.TRUNCATED in kinds and talks(case)):
        ids.append("end")
    if first_kind(case, "chunking/prompt") is Kind.NO_ECHO:
        ids.append("messages")
    if calm(case) and any(matches(i, PRESSURE) and i != OF_FUZZ for i in failed):
        ids.append("slow-reader")
    return ids
