"""From the failures of a run to the bugs behind them, in words that a beginner can act on.

A pure function.  ``catalogue`` knows the kinds of bugs, ``rules`` recognise them in a case,
``experiments`` tell them apart, and ``explain`` chooses.
"""

from __future__ import annotations

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import Evidence
from harness.diagnosis.explain import Explanation
from harness.diagnosis.explain import explain as explain_by
from harness.diagnosis.rules import RULES
from harness.diagnosis.rules.asking import wanted
from harness.values.verdict import Diagnosis

__all__ = ["Case", "Evidence", "Explanation", "diagnose", "explain", "wanted"]


def explain(case: Case) -> Explanation:
    """The causes of ``case``, and what each of its failures is put down to."""
    return explain_by(case, RULES)


def diagnose(evidence: Evidence) -> Diagnosis:
    """The likely bug behind ``evidence`` alone, or that it is unexplained."""
    case = Case(evidence.profile, (evidence,))
    return explain(case).diagnoses[evidence.check_id]
