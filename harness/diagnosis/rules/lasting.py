"""How long connections and programs last: limits of time, the status at the end, and SIGTERM."""

from __future__ import annotations

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import CERTAIN, LIKELY
from harness.diagnosis.facts_deaths import Fall, fell, plain_falls, words_of
from harness.diagnosis.facts_process import (
    SILENT,
    fact,
    first_kind,
    patience_of,
    silence_before_end,
)
from harness.diagnosis.pauses import silence_at_end
from harness.diagnosis.rule import PLAIN, Rule, Sign, explained
from harness.diagnosis.rules import ages
from harness.values.verdict import Kind, Profile

ENDINGS = ("fin", "rst", "died")
"""In the words of the experiment ``idle``: the target has ended the connection."""


def _after_silence(case: Case) -> frozenset[str]:
    return frozenset(
        e.check_id
        for e in case.failures
        if e.first.kind in (Kind.EARLY_CLOSE, Kind.TRUNCATED, Kind.DIED)
        and (silence_before_end(e) > SILENT or (patience_of(e) or 0.0) > SILENT)
    )


def idle_timeout(case: Case) -> Sign | None:
    """A client that was served and is silent is disconnected."""
    e = case.of("shutdown/idle-kept")
    if e is None or e.first.kind not in (Kind.EARLY_CLOSE, Kind.DIED):
        return None
    if case.failed.intersection(PLAIN) or _ends_whatever_happens(case):
        return None
    seen = e.trace.scripts[e.first.session or 0]
    silence = silence_at_end(seen)
    if seen.echoed != seen.sent or silence < SILENT or fact(case, "idle", "busy") in ENDINGS:
        return None
    after = fact(case, "idle", "idle_after")
    seconds = after if isinstance(after, float) and after > 0 else silence
    said = f"A client that was silent was disconnected after {seconds:.1f} s."
    confidence = CERTAIN if fact(case, "idle", "busy") == "open" else LIKELY
    return Sign(frozenset({e.check_id}) | _after_silence(case), (said,), confidence)


def _ends_whatever_happens(case: Case) -> bool:
    """Whether the program ends most times in the middle of something: silence is not why."""
    ends = plain_falls(case)
    return sum(f.silence < SILENT for f in ends) > len(ends) // 2


def idle_timeout_seen(case: Case) -> Sign | None:
    """The same, and a connection on which messages are exchanged all the time lives on."""
    ended = fact(case, "idle", "idle") in ENDINGS
    if not ended or fact(case, "idle", "busy") != "open":
        return None
    return idle_timeout(case)


def time_limit(case: Case) -> Sign | None:
    """A connection ends after some time, also one on which messages are exchanged."""
    busy, idle = fact(case, "idle", "busy"), fact(case, "idle", "idle")
    after = fact(case, "idle", "busy_after")
    if busy not in ("fin", "rst") or idle not in ("fin", "rst") or not isinstance(after, float):
        return None
    if after < SILENT or case.failed.intersection(PLAIN):
        return None
    if _paused_as_long(case):
        return None
    said = f"A connection ended {after} s after it began, though messages went to and fro."
    return Sign(explained(case, (Kind.EARLY_CLOSE, Kind.TRUNCATED)), (said,), CERTAIN)


def _paused_as_long(case: Case) -> bool:
    """Whether the busy connection, on a machine that was busy too, paused as long as the silent one
    lived: then nobody knows which of them it was ended for."""
    pause, after = fact(case, "idle", "busy_pause"), fact(case, "idle", "idle_after")
    if not isinstance(pause, float) or not isinstance(after, float):
        return False
    return pause >= ages.SILENT_PART * after > 0


def exit_status(case: Case) -> Sign | None:
    """Every instance serves one client to the end, and then fails without a word."""
    ends = plain_falls(case)
    bad = [f for f in ends if not f.death.clean and not f.death.signal]
    if not bad or (case.pinned and case.profile is not Profile.ONE_SHOT):
        return None
    if first_kind(case, "shutdown/exit-status") is Kind.EXIT_STATUS:
        found = explained(case, (Kind.EXIT_STATUS,))
    elif "launch/stays-up" in case.failed and all(f.served <= 1 for f in _orderly(ends)):
        found = fell(case)
    else:
        return None
    if any((e := case.of(f.check_id)) and words_of(e) for f in bad):
        return None
    statuses = sorted({f.death.status or 0 for f in bad})
    shown = ", ".join(map(str, statuses[:4])) + (" ..." if len(statuses) > 4 else "")
    said = f"After a connection that went well its exit status was {shown}."
    detail = None
    if len(statuses) > 2:
        detail = (
            "the program has served its connection, and ends with a status that changes with "
            "the data, such as a count: a status other than 0 says that it failed"
        )
    return Sign(found, (said,), LIKELY, detail)


def _orderly(ends: tuple[Fall, ...]) -> list[Fall]:
    """Those in checks whose clients all end in good order, one after another."""
    return [f for f in ends if f.check_id in ("launch/stays-up", "sessions/one-after-another")]


def sigterm(case: Case) -> Sign | None:
    """It still runs after SIGTERM."""
    if first_kind(case, "resilience/terminates") is not Kind.STILL_RUNNING:
        return None
    said = "It still ran some seconds after SIGTERM, with one idle client connected."
    return Sign(frozenset({"resilience/terminates"}), (said,), CERTAIN)


RULES: tuple[Rule, ...] = (
    Rule("idle-timeout", idle_timeout, must=("shutdown/idle-kept",), strength=1, asks=("idle",)),
    Rule("idle-timeout", idle_timeout_seen, ("shutdown/idle-kept",), strength=2, asks=("idle",)),
    Rule("time-limit", time_limit, strength=1, asks=("idle",)),
    *ages.RULES,
    Rule("exit-status", exit_status, strength=1),
    Rule(
        "sigterm-ignored",
        sigterm,
        must=("resilience/terminates",),
        may=("resilience/terminates",),
        strength=2,
    ),
)
