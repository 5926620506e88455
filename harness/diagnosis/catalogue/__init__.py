"""The catalogue of causes: the kinds of bugs that echo servers have, in a beginner's words."""

from __future__ import annotations

from harness.diagnosis.catalogue import (
    connections,
    datagrams,
    ending,
    limits,
    process,
    reading,
    sending,
    state,
    text,
)
from harness.diagnosis.catalogue.kind import CauseKind
from harness.diagnosis.languages import language_of
from harness.errors import UsageProblem
from harness.text.nearest import did_you_mean
from harness.text.outside import shown

__all__ = ["CAUSES", "GROUPS", "CauseKind", "find", "language_of", "mend_for"]

GROUPS = {
    "connections": connections.CAUSES,
    "reading": reading.CAUSES,
    "sending": sending.CAUSES,
    "ending": ending.CAUSES,
    "text": text.CAUSES,
    "state": state.CAUSES,
    "limits": limits.CAUSES,
    "process": process.CAUSES,
    "datagrams": datagrams.CAUSES,
}
CAUSES = {kind.id: kind for kinds in GROUPS.values() for kind in kinds}
"""All of them by their ids, in the order of the groups."""


def find(cause: str) -> CauseKind:
    """The cause with this id.  Raises UsageProblem that names the nearest."""
    if kind := CAUSES.get(cause):
        return kind
    near = did_you_mean(cause, CAUSES, cutoff=0.4)
    raise UsageProblem(
        f"there is no cause {shown(cause)}.",
        f"{near} 'echo-harness list --causes' shows all.".lstrip(),
    )


def mend_for(cause: str, language: str | None) -> str:
    """What to change, in the words of ``language`` if that has its own.  Raises UsageProblem."""
    return find(cause).mend_in(language)
