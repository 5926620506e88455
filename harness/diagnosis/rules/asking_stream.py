"""Which experiments would tell the causes of reading, text, limits and state apart."""

from __future__ import annotations

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import Answers
from harness.diagnosis.facts_stream import END_KINDS
from harness.diagnosis.rule import PLAIN
from harness.diagnosis.rules.waiting import when
from harness.values.verdict import Kind

LATE = frozenset({Kind.NO_ECHO, Kind.NOT_TAKEN})


def asked(case: Case) -> tuple[str, ...]:
    """Their ids, the most telling first."""
    kinds = {e.first.kind for e in case.failures}
    of_bytes = {i for i in case.failed if i.startswith("identity/")} - LONG
    simple = case.failed.intersection(PLAIN)
    ids: list[str] = []
    if kinds & LATE:
        ids.append("answers")
    if of_bytes and not simple and len(of_bytes) < 8:
        ends = {e.check_id for e in case.failures if e.first.kind in END_KINDS} & of_bytes
        if ends == {"identity/looks-like-a-command"}:
            ids.append("words")
        elif ends:
            ids += ["bytes", *(["words"] if "identity/looks-like-a-command" in ends else [])]
    if "chunking/byte-by-byte" in case.failed and not of_bytes:
        ids.append("repeat")
        if kinds.intersection(END_KINDS):
            ids.append("messages")
    if kinds.intersection(END_KINDS) and "chunking/prompt" not in case.passed:
        ids[:0] = [*(["lines"] if _may_read_lines(case) else []), "messages"]
    if LONG & case.failed and not of_bytes and "chunking/exact-read-then-end" in case.passed:
        ids.append("cumulative")
    return tuple(ids)


def _may_read_lines(case: Case) -> bool:
    """Whether a text without a newline is answered only when the client has ended its side."""
    if when(case) is Answers.AFTER_NEWLINE:
        return True
    e = case.of("identity/hello")
    told = [m.what for script in e.trace.scripts for m in script.timeline] if e is not None else []
    answered = "received" in told and "half-closed" in told
    return answered and told.index("half-closed") < told.index("received")


LONG = frozenset({"identity/long-stream", "identity/counter"})
"""The checks of identity that are not about which bytes are sent."""
