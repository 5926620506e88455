"""Time limits that show in the ages at which connections ended."""

from __future__ import annotations

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import CUT, LIKELY
from harness.diagnosis.facts_ages import Life, life_of, lives
from harness.diagnosis.facts_process import PRESSURE, fact, silence_before_end
from harness.diagnosis.rule import PLAIN, Rule, Sign, explained, matches
from harness.values.verdict import Kind

BUSY = 0.8
"""Seconds of short messages to and fro: longer than the many messages of other checks take."""
NEAR = 1.6
"""A connection that lived so many times as long as the one that ended first was ended for its age,
if the target looks at the ages now and then."""
NO_PAUSE = 0.4
"""Part of the limit: who never paused longer was not ended for its silence."""
SILENT_PART = 0.6
"""Part of a limit of silence: a pause that our side saw so long may have been all of it."""
CHECKS = 4
"""In which connections ended at about the same age."""


def by_ages(case: Case) -> Sign | None:
    """Whoever is older than a limit is ended in one check after another, also who never paused."""
    found = lives(case)
    least = min((life.age for life in found), default=0.0)
    if least < BUSY or case.failed.intersection(PLAIN):
        return None
    near = [life for life in found if life.age <= NEAR * least]
    if len({life.check_id for life in near}) < CHECKS or paused_too_long(case, near):
        return None
    busy = {life.check_id for life in near if _busy(life, least)}
    if len(busy) < 2:
        return None
    said = (
        f"In {len({life.check_id for life in found})} checks connections were ended, none of them "
        f"younger than {least:.1f} s; in {len(busy)} of these messages had gone to and fro all the "
        "time."
    )
    return Sign(explained(case, CUT), (said,), LIKELY)


def _busy(life: Life, least: float) -> bool:
    """Not for its silence, nor for waiting until somebody reads."""
    return life.pause < NO_PAUSE * least and not matches(life.check_id, PRESSURE)


def silence_limit(case: Case) -> float | None:
    """Seconds after which silence ends a connection, as far as an experiment has shown that one
    on which messages go to and fro lives on; else None."""
    after = fact(case, "idle", "idle_after")
    if fact(case, "idle", "busy") != "open" or not isinstance(after, float) or not after:
        return None
    return after


def paused_too_long(case: Case, found: list[Life]) -> bool:
    """Whether a limit of silence is known, and each of ``found`` may have ended for it."""
    limit = silence_limit(case)
    return limit is not None and all(life.pause >= SILENT_PART * limit for life in found)


def busy_and_cut(case: Case) -> Sign | None:
    """A connection of short messages ended after a while, where more bytes and more messages in
    less time are echoed to the end."""
    e = case.of("shutdown/not-early")
    if e is None or e.first.kind not in (Kind.EARLY_CLOSE, Kind.TRUNCATED):
        return None
    life = life_of(case, e.check_id)
    if life is None or life.age < BUSY or paused_too_long(case, [life]):
        return None
    if not {"chunking/byte-by-byte", "identity/long-stream"} <= case.passed:
        return None
    if case.failed.intersection(PLAIN):
        return None  # it ended others that were young
    if 2 * silence_before_end(e) > life.age:
        return None  # it was silent most of the time
    said = f"A connection ended {life.age:.1f} s after it began, though messages went to and fro."
    return Sign(explained(case, (Kind.EARLY_CLOSE, Kind.TRUNCATED)), (said,), LIKELY)


ASKS = ("idle",)
RULES: tuple[Rule, ...] = (
    Rule("time-limit", busy_and_cut, ("shutdown/not-early",), strength=1, asks=ASKS),
    Rule("time-limit", by_ages, strength=2, asks=ASKS),
)
