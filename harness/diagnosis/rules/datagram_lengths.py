"""Bugs of servers of datagrams that keep a length from one datagram to the next."""

from __future__ import annotations

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import CERTAIN, LIKELY
from harness.diagnosis.facts_datagrams import Pair, facts_of
from harness.diagnosis.rule import Rule, Sign
from harness.judging.findings import in_bytes
from harness.values.verdict import Kind

ENOUGH = 2
"""Sizes that were those of earlier datagrams, so that it is no accident."""


def shrinking(case: Case) -> Sign | None:
    """Each datagram is cut to the length of a shorter one that came before it, and what is longer
    never comes back whole again."""
    facts = facts_of(case)
    cut = [pair for pair in facts.pairs if pair.kind is Kind.TRUNCATED]
    if len(cut) < len(facts.pairs) or not all(map(_never_grows, cut)):
        return None
    sizes = {len(pair.came) for pair in cut if len(pair.came) in map(len, pair.before)}
    if len(sizes) < ENOUGH:
        return None
    said = (
        "A datagram is cut to the length of a shorter one that came before, in one case to "
        f"{in_bytes(min(sizes))}; from then on nothing longer comes back."
    )
    return Sign(
        frozenset(pair.check_id for pair in cut) | facts.of(Kind.DUPLICATED),
        (said,),
        CERTAIN if len(sizes) > ENOUGH else LIKELY,
        "the length of the buffer is set to that of a datagram and never set back, so whatever is "
        "longer is cut from then on",
        mend="Set the length of the buffer (iov_len, or the end of the slice) to its full size "
        "before each read.",
    )


def _never_grows(pair: Pair) -> bool:
    """Whether what came is no longer than all that came before it, and all that came later."""
    return all(len(data) >= len(pair.came) for data in pair.before) and all(
        len(data) <= len(pair.came) for data in pair.later
    )


RULES: tuple[Rule, ...] = (Rule("datagram-buffer-small", shrinking, strength=2),)
