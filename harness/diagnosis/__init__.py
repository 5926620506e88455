"""From the failures of a run to the bugs behind them, in words that a beginner can act on.

A pure function.  ``catalogue`` knows the kinds of bugs, ``rules`` recognise them in a case,
``experiments`` tell them apart, and ``explaining`` chooses.

Rules and catalogue are imported when something is to be explained: a target that keeps the contract
does not wait for them.
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import AnyEvidence, DatagramEvidence, Evidence
from harness.diagnosis.explanation import Explanation
from harness.values.report import Cause
from harness.values.verdict import Diagnosis

__all__ = [
    "Case",
    "DatagramEvidence",
    "Evidence",
    "Explanation",
    "cause_of_end",
    "diagnose",
    "explain",
    "wanted",
]


def explain(case: Case) -> Explanation:
    """The causes of ``case``, and what each of its failures is put down to."""
    from harness.diagnosis import explaining
    from harness.diagnosis.rules import DATAGRAM_RULES, RULES, sourced

    if case.datagrams:
        return explaining.explain(case, DATAGRAM_RULES)
    return explaining.explain(case, RULES, sourced.worth_a_look)


def wanted(case: Case) -> tuple[str, ...]:
    """The ids of the experiments that tell causes of ``case`` apart, the most telling first."""
    from harness.diagnosis.rules import asking

    return () if case.datagrams else asking.wanted(case)


def diagnose(evidence: AnyEvidence) -> Diagnosis:
    """The likely bug behind ``evidence`` alone, or that it is unexplained."""
    if isinstance(evidence, DatagramEvidence):
        case = Case(evidence.profile, (), datagrams=(evidence,))
    else:
        case = Case(evidence.profile, (evidence,))
    return explain(case).diagnoses[evidence.check_id]


def cause_of_end(command: Sequence[str], output: str, check_id: str) -> Cause | None:
    """What a target died of that never listened, by its own words; None if they do not say."""
    from harness.diagnosis import starting

    return starting.cause_of_end(command, output, check_id)
