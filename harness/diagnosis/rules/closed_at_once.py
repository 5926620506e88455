"""Connections that the server closes before it has answered anything: a rule of the group
"ending"."""

from __future__ import annotations

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import CUT, LIKELY
from harness.diagnosis.facts_deaths import plain_falls, words_of
from harness.diagnosis.facts_stream import bad_sessions, sessions
from harness.diagnosis.rule import MOST, NEARLY_ALL, PLAIN, Rule, Sign, explained
from harness.values.trace import Ending
from harness.values.verdict import Kind

ENOUGH = 8
"""Connections."""


def closed_at_once(case: Case) -> Sign | None:
    """Nothing ever comes back, on no connection, and the server ends each of them by itself."""
    found = [s for s in bad_sessions(case) if s.messages]
    if not case.failed.issuperset(PLAIN) or plain_falls(case):
        return None
    if any(s.seen.received for s in sessions(case)) or any(map(words_of, case.failures)):
        return None
    ended = [s for s in found if s.closed_early]
    waiting = [s for s in found if s.seen.half_closed]
    if len(ended) < ENOUGH or len(ended) < NEARLY_ALL * (len(found) - len(waiting)):
        return None
    if sum(s.seen.ending is Ending.RST for s in ended) < MOST * len(ended):
        return None  # the end is orderly where all was read: then what was read was not sent
    said = (
        f"Each of {len(ended)} connections was ended by the server before a byte had come back, "
        "nearly always with a reset, so what had been sent was never read; the program went on."
    )
    return Sign(explained(case, (*CUT, Kind.NO_ECHO)), (said,), LIKELY, BUG, mend=MEND)


BUG = (
    "the server closes each connection by itself before it has sent anything back, though the "
    "client has not ended"
)
MEND = (
    "Print what the first read returns. Only where it was asked for some bytes is nothing the "
    "client's end: a read into a buffer without length (an empty list, a vector with capacity "
    "only) returns nothing at once, and a socket that does not wait an error. Or nothing is read "
    "at all before the connection is closed."
)
RULES = (Rule("closes-before-client", closed_at_once, must=PLAIN, asks=("messages", "idle")),)
