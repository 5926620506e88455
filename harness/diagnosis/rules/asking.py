"""Which experiments would tell the causes of a case apart."""

from __future__ import annotations

from harness.diagnosis.case import Case
from harness.diagnosis.rules import asking_process
from harness.values.verdict import Kind

WHEN = frozenset({Kind.NO_ECHO, Kind.NOT_TAKEN})


def wanted(case: Case) -> tuple[str, ...]:
    """The ids of the experiments, the most telling first; none for a case without failures."""
    ids: list[str] = []
    if any(e.first.kind in WHEN for e in case.failures):
        ids.append("answers")
    ids += asking_process.wanted(case)
    return tuple(dict.fromkeys(ids))
