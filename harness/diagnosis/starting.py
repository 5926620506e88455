"""Why a program that ended before it listened did so, where its last words prove it.

A pure function.  There is no case then: no client was ever there.
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.diagnosis.catalogue import find, language_of
from harness.diagnosis.evidence import CERTAIN
from harness.diagnosis.facts_deaths import quoted
from harness.diagnosis.words import most_telling, told
from harness.diagnosis.words.explained import explained
from harness.values.report import Cause

AT_START = {
    "not-listening": "not-listening",
    "datagram-socket": "datagram-socket",
    "recv-on-listener": "recv-on-listener",
    "needs-stdin": "needs-stdin",
    "input-for-recv": "needs-stdin",  # there is no client yet whose data it could stand for
}
"""What an exception proves, and which bug that is when nobody could connect yet.  Others, such as
bytes that are no text, have many reasons then."""


def cause_of_end(command: Sequence[str], output: str, check_id: str) -> Cause | None:
    """The bug that made it end, or None; ``output``: its last words, ``check_id``: what failed."""
    raised = most_telling(told(output))
    if raised is None or (cause := AT_START.get(explained(raised, died=True) or "")) is None:
        return None
    kind = find(cause)
    return Cause(
        id=kind.id,
        bug=kind.bug,
        hint=kind.mend_in(language_of(tuple(command), output)),
        confidence=CERTAIN,
        explains=(check_id,),
        evidence=(f"Before it listened it ended with {quoted(raised)}.",),
    )
