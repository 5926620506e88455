"""A server that cannot be started again: rules of the group "connections"."""

from __future__ import annotations

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import CERTAIN, LIKELY
from harness.diagnosis.facts_deaths import words_of
from harness.diagnosis.rule import Rule, Sign
from harness.launcher.socket_files import STALE
from harness.values.verdict import Kind


def restart_fails(case: Case) -> Sign | None:
    """It does not listen when it is started again at once, and says nothing of it."""
    e = case.of("launch/restarts")
    if e is None or e.first.kind is not Kind.NOT_LISTENING or words_of(e) is not None:
        return None
    if STALE in e.first.message:
        return None
    said = "Stopped with a connection open and started again at once, it did not listen."
    return Sign(frozenset({e.check_id}), (said,), LIKELY)


def stale_socket_file(case: Case) -> Sign | None:
    """The file of its Unix socket is in its way."""
    e = case.of("launch/restarts")
    if e is None or STALE not in e.first.message:
        return None
    said = "Started again, it found the file of its Unix socket that its last instance had left."
    return Sign(frozenset({e.check_id}), (said,), CERTAIN)


RULES: tuple[Rule, ...] = (
    Rule(
        "restart-fails",
        restart_fails,
        must=("launch/restarts",),
        may=("launch/restarts",),
        strength=1,
    ),
    Rule("stale-socket-file", stale_socket_file, may=("launch/restarts",), strength=2),
)
