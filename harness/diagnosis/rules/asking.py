"""Which experiments would tell the causes of a case apart."""

from __future__ import annotations

from harness.diagnosis.case import Case
from harness.diagnosis.rules import asking_stream


def wanted(case: Case) -> tuple[str, ...]:
    """The ids of the experiments, the most telling first; none for a case without failures."""
    return tuple(dict.fromkeys(asking_stream.asked(case)))
