"""Bugs of servers of datagrams that show in the company of other clients."""

from __future__ import annotations

import re

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import CERTAIN, LIKELY
from harness.diagnosis.facts_datagrams import SHORT, facts_of
from harness.diagnosis.rule import Rule, Sign
from harness.judging.odd import TELLING
from harness.values.verdict import Kind

SPOILT = (Kind.TRUNCATED, Kind.LOST, Kind.MERGED, Kind.SPLIT, Kind.EXTRA)
CLIENTS = ("datagram/to-the-sender", "datagram/interleaved")


def wrong_client(case: Case) -> Sign | None:
    """Somebody gets what another has sent, instead of it."""
    facts = facts_of(case)
    found = facts.of(Kind.FOREIGN)
    if not found or _all_get_all(case) or _spoilt(case):
        return None
    return Sign(
        found | facts.of(Kind.NO_ECHO),
        ("A client gets the answer to what another has sent.",),
        CERTAIN if len(found) > 1 else LIKELY,
    )


def _spoilt(case: Case) -> bool:
    """Whether a datagram came with more or fewer bytes than it was sent with: to send it to the
    wrong client changes none.  A few bytes may well be all that another had sent."""
    return any(
        f.kind in SPOILT and f.sent and (f.received or 0) >= TELLING
        for e in case.datagrams
        for f in e.findings
    )


def _all_get_all(case: Case) -> bool:
    """Whether clients get their own as well as others'."""
    found = [e for e in case.datagrams if e.first.kind is Kind.FOREIGN]
    # Elsewhere there may be more on the way than the buffers of the clients hold.
    foreign = [e for e in found if e.check_id in CLIENTS] or found
    return bool(foreign) and all(
        all(one.answers for one in seen.asked if one.times)
        for e in foreign
        for seen in e.trace.scripts
        if not seen.left
    )


def broadcast(case: Case) -> Sign | None:
    """Everybody has all answers, the own ones as well."""
    facts = facts_of(case)
    if not _all_get_all(case):
        return None
    return Sign(
        facts.of(Kind.FOREIGN, Kind.EXTRA, Kind.DUPLICATED),
        ("Each client has its answer, and gets those of others too.",),
        CERTAIN,
    )


def shared_buffer(case: Case) -> Sign | None:
    """A client gets another's bytes in the place of its own, with its own length or not."""
    facts = facts_of(case)
    found = [e for e in case.datagrams if e.first.kind is Kind.FOREIGN]
    mine = [
        pair
        for pair in facts.pairs
        if pair.kind is Kind.CHANGED and len(pair.came) == len(pair.asked)
    ]
    if not (found or mine) or not set(SHORT).issubset(case.passed):
        return None
    if not all(i.startswith(("datagram/", "fuzz/")) for i in case.failed) or not _in_a_crowd(case):
        return None
    return Sign(
        facts.of(Kind.FOREIGN, Kind.CHANGED, Kind.DUPLICATED, Kind.NO_ECHO, Kind.EXTRA),
        ("Of several datagrams at once the bytes get mixed up; one by one all come back.",),
    )


def _in_a_crowd(case: Case) -> bool:
    """Whether what is asked one by one comes back, and what is asked at once does not."""
    return "datagram/interleaved" in case.passed and "datagram/boundaries" in case.failed


def connected(case: Case) -> Sign | None:
    """The first client is answered, and others meet a closed port."""
    facts = facts_of(case)
    found = facts.of(Kind.REFUSED)
    if not found & set(CLIENTS) or not set(SHORT).issubset(case.passed):
        return None
    return Sign(
        found | facts.of(Kind.NO_ECHO, Kind.FOREIGN),  # what came before it was connected
        ("The system says that nobody is at the port, to all clients but the first.",),
        CERTAIN,
    )


def one_client(case: Case) -> Sign | None:
    """Clients are silent in the company of others, and answered alone; there is no child."""
    found = _in_company(case)
    if found is None or _has_children(case):
        return None
    return Sign(
        found, ("Alone each client is answered; when several take turns, only one of them is.",)
    )


def lingering_child(case: Case) -> Sign | None:
    """The same, and the target has more processes than one."""
    found = _in_company(case)
    if found is None or not _has_children(case):
        return None
    return Sign(
        found,
        (
            "Clients that take turns are answered only now and then.",
            "The server forks a process for a client.",
        ),
    )


def _in_company(case: Case) -> frozenset[str] | None:
    facts = facts_of(case)
    silent = facts.of(Kind.NO_ECHO)
    if facts.of(Kind.FOREIGN, Kind.CHANGED, Kind.REFUSED, Kind.DIED):
        return None
    if not silent & set(CLIENTS) or not case.passed & set(SHORT):
        return None
    return silent


def _has_children(case: Case) -> bool:
    """Whether its source forks: what it had when it failed is not kept."""
    return any(re.search(r"\bfork\s*\(|\bProcess\s*\(", text) for _, text in case.sources)


RULES: tuple[Rule, ...] = (
    Rule("answers-wrong-client", wrong_client, ("datagram/to-the-sender",), strength=1),
    Rule("broadcast", broadcast, ("datagram/to-the-sender",), strength=2),
    Rule("shared-buffer", shared_buffer, (), strength=2),
    Rule("connected-to-first-client", connected, ("datagram/interleaved",), strength=2),
    Rule("waits-for-one-client", one_client, ("datagram/interleaved",), strength=1),
    Rule("child-takes-datagrams", lingering_child, (), strength=1),
)
