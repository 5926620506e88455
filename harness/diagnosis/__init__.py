"""From findings to the likely bug, in words that a beginner can act on.  A pure function.

The rules are a table, the most telling first.  Each looks at the evidence and either says what the
bug is or passes; the last word has the check's own hint.
"""

from __future__ import annotations

from collections.abc import Callable

from harness.diagnosis import ends, process, stream
from harness.diagnosis.case import Case
from harness.diagnosis.evidence import POSSIBLE, Evidence, upper
from harness.diagnosis.explain import Explanation
from harness.diagnosis.explain import explain as explain_by
from harness.diagnosis.rules import RULES as ALL
from harness.diagnosis.rules.asking import wanted
from harness.values.verdict import Diagnosis

__all__ = ["Case", "Evidence", "Explanation", "diagnose", "explain", "wanted"]

RULES: tuple[Callable[[Evidence], Diagnosis | None], ...] = (
    process.died,
    process.address_in_use,
    ends.in_sixteen_bits,
    process.silent,
    stream.foreign,
    ends.reads_once,
    ends.fails,
    ends.another_left,
    ends.partial,
    ends.lost_under_pressure,
    stream.ends_of_lines,
    stream.bytes_as_text,
    stream.letters,
    stream.equal_reads,
    stream.first_byte,
    stream.each_byte_two,
    stream.unasked,
    ends.closes_early,
    ends.truncates,
    ends.stays_open,
    stream.repeated,
    stream.overwritten,
    stream.of_another,
)


def explain(case: Case) -> Explanation:
    """The causes of ``case``, and what each of its failures is put down to."""
    return explain_by(case, ALL)


def diagnose(evidence: Evidence) -> Diagnosis:
    """The likely bug behind ``evidence`` alone; there is always something to say."""
    found = explain(Case(evidence.profile, (evidence,))).diagnoses[evidence.check_id]
    return found if found.cause is not None else _by_itself(evidence)


def _by_itself(evidence: Evidence) -> Diagnosis:
    for rule in RULES:
        if found := rule(evidence):
            return found
    return Diagnosis(
        bug=evidence.first.message,
        hint=upper(evidence.hint)
        or "Read the timeline from the first difference on, and repeat it with -v.",
        confidence=POSSIBLE,
    )
