"""Which experiments would tell the causes of a case apart."""

from __future__ import annotations

from harness.diagnosis.case import Case
from harness.diagnosis.facts_process import talks
from harness.diagnosis.rules import asking_process, asking_stream


def wanted(case: Case) -> tuple[str, ...]:
    """The ids of the experiments, the most telling first; none for a case without failures.

    Where plain messages go well, what fails needs company, a flood, an end or a signal.
    """
    of_stream, of_process = asking_stream.asked(case), asking_process.wanted(case)
    first, then = (of_process, of_stream) if talks(case) else (of_stream, of_process)
    return tuple(dict.fromkeys((*first, *then)))
