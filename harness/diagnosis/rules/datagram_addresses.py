"""Bugs of servers of datagrams that send their answers to nobody who has asked.

Nothing ever comes back then, so what was seen says little: the program itself has to speak, by its
last words or by its source.
"""

from __future__ import annotations

import re

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import CERTAIN, LIKELY
from harness.diagnosis.facts_datagrams import SHORT, facts_of
from harness.diagnosis.facts_deaths import quoted
from harness.diagnosis.languages import in_file
from harness.diagnosis.rule import Rule, Sign
from harness.diagnosis.where import numbers
from harness.diagnosis.words import most_telling, told
from harness.values.verdict import Kind

TO_ITSELF = frozenset({"resources/idle-cpu"})
"""Checks that fail too where it is the server itself that gets the answers, and answers them."""
NO_ADDRESS = "EDESTADDRREQ"
SENDS = {
    "python": re.compile(r"\.send(all)?\s*\("),
    "c": re.compile(r"\b(send|write)\s*\("),
    "go": re.compile(r"\.Write\s*\("),
}
"""What sends to whom a socket is connected."""
NAMES_CLIENT = re.compile(
    r"sendto|send_to|sendmm?sg|WriteTo|WriteMsg|connect\s*\(|Dial", re.IGNORECASE
)
"""What gives an address to a datagram, or to the socket."""


def _mute(case: Case) -> bool:
    """Whether no client has ever got anything, though datagrams were taken."""
    tried = set(SHORT).intersection(case.failed)
    return (
        bool(tried & facts_of(case).of(Kind.NO_ECHO))
        and case.passed.isdisjoint(SHORT)
        and not any(seen.came for e in case.datagrams for seen in e.trace.scripts)
    )


def own_address(case: Case) -> Sign | None:
    """Nobody has an answer, and the source sends to an address that no client has given."""
    places = _places("answers-own-address", case) if _mute(case) else ""
    if not places:
        return None
    silent = facts_of(case).of(Kind.NO_ECHO)
    return Sign(
        silent | TO_ITSELF & case.failed,
        (f"Nothing ever comes back, and {places} sends to an address of its own.",),
        LIKELY,
    )


def usual_address(case: Case) -> Sign | None:
    """Only the client that asks from another address than all others has no answer."""
    e = next((e for e in case.datagrams if e.check_id == "datagram/to-the-sender"), None)
    if e is None or e.kinds != {Kind.NO_ECHO}:
        return None
    clients = list(zip(e.plan.scripts, e.trace.scripts, strict=True))
    answered = {s.own for s, seen in clients if any(one.answers for one in seen.asked)}
    silent = {s.own for s, seen in clients if any(one.waited for one in seen.asked)}
    if answered != {None} or None in silent or len(silent) != 1:
        return None
    return Sign(
        frozenset({e.check_id}),
        (f"The client at {silent.pop()} has no answer; all clients at the usual address have.",),
        CERTAIN,
        "the answer goes to the port of the client at an address that the program makes up, such "
        "as that of its own machine",
    )


def without_address(case: Case) -> Sign | None:
    """The system says that the address is missing, or the source has none."""
    facts = facts_of(case)
    said = [(e, raised) for e in case.datagrams if (raised := most_telling(told(e.output)))]
    found = [(e, raised) for e, raised in said if raised.code == NO_ADDRESS]
    if found:
        _, raised = found[0]
        explains = {e.check_id for e, _ in found} | facts.of(Kind.NO_ECHO, Kind.DIED)
        return Sign(frozenset(explains), (f"It says {quoted(raised)}.",), CERTAIN)
    if not _mute(case) or not any(_only_sends(name, text, case) for name, text in case.sources):
        return None
    return Sign(
        facts.of(Kind.NO_ECHO),
        ("Nothing ever comes back, and the source gives no address where it sends.",),
        LIKELY,
    )


def _only_sends(name: str, text: str, case: Case) -> bool:
    pattern = SENDS.get(in_file(name, text, case.command) or "")
    return (
        pattern is not None
        and pattern.search(text) is not None
        and NAMES_CLIENT.search(text) is None
    )


def _places(cause: str, case: Case) -> str:
    """``line 12 of server.py``, the first of them; empty where there is none."""
    for name, text in case.sources:
        if lines := numbers(cause, text, in_file(name, text, case.command)):
            return f"line {lines[0]} of {name}"
    return ""


RULES: tuple[Rule, ...] = (
    Rule("answers-own-address", own_address, strength=2),
    Rule("answers-own-address", usual_address, ("datagram/to-the-sender",), strength=3),
    Rule("send-without-address", without_address, strength=2),
)
