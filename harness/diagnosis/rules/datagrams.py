"""datagrams: how the bugs of servers of datagrams show.

A rule looks at what came in the place of each datagram, at what stayed without an answer, and at
what passed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import CERTAIN, LIKELY, OF_FUZZ
from harness.diagnosis.facts_datagrams import SHORT, Pair, facts_of
from harness.diagnosis.facts_stream import line_of
from harness.diagnosis.rule import Rule, Sign
from harness.diagnosis.rules import (
    datagram_addresses,
    datagram_company,
    datagram_deaths,
    datagram_dropped,
    datagram_lengths,
    datagram_texts,
)
from harness.diagnosis.rules.datagram_deaths import AT_EMPTY
from harness.values.verdict import Kind

SIZES = ("datagram/up-to-mtu", "datagram/read-boundary", "datagram/largest", "fuzz/plans")
REFUSED = re.compile(r"ConnectionRefused|ECONNREFUSED|[Cc]onnection refused")
COMPANY = frozenset(
    f"datagram/{name}"
    for name in (
        *("to-the-sender", "interleaved", "burst", "client-gone", "nothing-unasked", "stays-up"),
    )
) | {"fuzz/plans"}
"""Where what several clients have asked may be mixed up."""
ROUND = 100, 512
"""Sizes of buffers are multiples of one of these."""
ENOUGH = 2
"""Sizes that end alike, so that it is no accident."""


def _checks(pairs: list[Pair]) -> frozenset[str]:
    return frozenset(pair.check_id for pair in pairs)


def buffer_small(case: Case) -> Sign | None:
    """Whatever is larger comes back with the same size, and nothing larger comes back whole."""
    facts = facts_of(case)
    cut = [pair for pair in facts.pairs if pair.kind is Kind.TRUNCATED]
    sizes = {len(pair.came) for pair in cut}
    if len(sizes) != 1 or len(cut) < len(facts.pairs):
        return None
    (size,) = sizes
    if not size or any(len(data) > size for data in facts.whole):
        return None
    many = len({len(pair.asked) for pair in cut}) >= ENOUGH
    if not many and case.failed == {OF_FUZZ} and all(size % unit for unit in ROUND):
        return None  # larger ones may come back: the search has tried them, and keeps one plan
    return Sign(
        _checks(cut),
        (f"Datagrams of up to {size:,} bytes come back whole, larger ones with just {size:,}.",),
        CERTAIN if many else LIKELY,
        f"the buffer of the read has {size:,} bytes, and what a datagram has beyond them is lost",
    )


def size_limit(case: Case) -> Sign | None:
    """What is larger than something is not answered at all."""
    facts = facts_of(case)
    silent = [(i, data) for i, data in facts.silent if data]
    if not silent or facts.pairs or not all(i in SIZES for i, _ in silent):
        return None
    least = min(len(data) for _, data in silent)
    whole = [len(data) for data in facts.whole]
    if any(size >= least for size in whole) or least <= 64:
        return None
    return Sign(
        frozenset(i for i, _ in silent),
        (f"Datagrams of {least:,} bytes and more have no answer, all smaller ones have.",),
    )


def collected(case: Case) -> Sign | None:
    """An answer has more than one of the datagrams in it."""
    facts = facts_of(case)
    merged = [
        pair
        for pair in facts.pairs
        if pair.kind is Kind.MERGED
        or (pair.kind is Kind.EXTRA and pair.before and _ends_with(pair.came, pair))
    ]
    if not merged:
        return None
    mixed = facts.of(Kind.FOREIGN, Kind.CHANGED, Kind.EXTRA, Kind.TRUNCATED, Kind.NO_ECHO)
    return Sign(
        _checks(merged) | facts.of(Kind.MERGED, Kind.DUPLICATED) | mixed & COMPANY,
        ("Datagrams come back together, as one, in the order in which they were sent.",),
        CERTAIN,
    )


def _ends_with(came: bytes, pair: Pair) -> bool:
    """Whether it is what was sent before, and then this."""
    before = came[: -len(pair.asked)] if pair.asked else b""
    return bool(before) and came.endswith(pair.asked) and b"".join(pair.before).endswith(before)


def cut_up(case: Case) -> Sign | None:
    """All of it comes, in pieces."""
    facts = facts_of(case)
    found = facts.of(Kind.SPLIT)
    if not found:
        return None
    alike = frozenset(p.check_id for p in facts.pairs if p.kind in (Kind.TRUNCATED, Kind.LOST))
    return Sign(found | alike, ("All bytes come back, as several datagrams.",), CERTAIN)


def empty_ignored(case: Case) -> Sign | None:
    """Nothing but the empty one is silent where it is asked among others."""
    facts = facts_of(case)
    asked = {data for i, data in facts.silent if i == AT_EMPTY[0]}
    if asked != {b""} or b"" in facts.whole or facts.answered_by_earlier:
        return None
    if any(pair.check_id == AT_EMPTY[0] for pair in facts.pairs):
        return None
    others = {i for i, data in facts.silent if data}
    return Sign(
        frozenset(i for i, _ in facts.silent) - others,
        ("Among others that come back the empty datagram stays without an answer.",),
        CERTAIN,
    )


def empty_is_end(case: Case) -> Sign | None:
    """After the empty one the target is gone, or as silent as a stone."""
    e = next((e for e in case.datagrams if e.check_id == "datagram/empty"), None)
    if e is None:
        return None
    facts = facts_of(case)
    silent = [data for i, data in facts.silent if i == e.check_id]
    died = e.first.kind is Kind.DIED
    if not died and not (b"" in silent and any(silent)):
        return None
    if not set(SHORT).issubset(case.passed) or facts.of(Kind.NO_ECHO) - {*AT_EMPTY, OF_FUZZ}:
        return None
    end = f"it ends with {e.trace.deaths[0]}" if died and e.trace.deaths else "it is silent"
    ended = facts.of(Kind.DIED, Kind.NO_ECHO, Kind.REFUSED) & {*AT_EMPTY}
    return Sign(ended, (f"After an empty datagram {end}; before, it answers.",), CERTAIN)


def from_new_socket(case: Case) -> Sign | None:
    """The host is the one that was asked, and the port is another."""
    return _from(case, same_host=True)


def from_any_address(case: Case) -> Sign | None:
    """The port is the one that was asked, and the address is another."""
    return _from(case, same_host=False)


def _from(case: Case, *, same_host: bool) -> Sign | None:
    found = [e for e in case.datagrams if Kind.ELSEWHERE in e.kinds]
    others = (
        (came.source, seen.target)
        for e in found
        for seen in e.trace.scripts
        for came in seen.came
        if seen.target is not None and came.source != seen.target and came.of is not None
    )
    if not found or any((source[1] != asked[1]) is not same_host for source, asked in others):
        return None
    return Sign(frozenset(e.check_id for e in found), (f"{found[0].first.message}.",), CERTAIN)


def refused_is_fatal(case: Case) -> Sign | None:
    """It ends, or is silent, after a client has gone, and its last words say why."""
    gone = next((e for e in case.datagrams if e.check_id == "datagram/client-gone"), None)
    if gone is None or not set(SHORT).issubset(case.passed):
        return None
    ended = gone.first.kind in (Kind.DIED, Kind.NO_ECHO, Kind.REFUSED)
    named = [e for e in case.datagrams if REFUSED.search(e.output)]
    if not ended or (gone.first.kind is Kind.NO_ECHO and not named):
        return None
    died = [e.check_id for e, _ in facts_of(case).deaths() if e in named]
    evidence = ["It goes wrong when a client leaves before its answer comes."]
    if named:
        evidence.append(f"The server says {line_of(named[0].output, REFUSED)!r}.")
    return Sign(frozenset({gone.check_id, *died}), tuple(evidence), CERTAIN if named else LIKELY)


def no_loop(case: Case) -> Sign | None:
    """The first is answered, and nothing after it, from whomever."""
    facts = facts_of(case)
    silent = facts.of(Kind.NO_ECHO, Kind.REFUSED, Kind.DIED)
    if len(silent) < 3 or "datagram/interleaved" in case.passed or facts.pairs:
        return None
    counts = [
        [bool(one.answers) for seen in e.trace.scripts for one in seen.asked if one.times]
        for e in case.datagrams
        if e.check_id in silent
    ]
    one_only = [c for c in counts if len(c) > 1 and sum(c) == 1]
    if not one_only or any(sum(c) > 1 for c in counts):
        return None
    return Sign(silent, ("The first datagram is answered, and no other.",))


def sent_twice(case: Case) -> Sign | None:
    """Each answer comes again."""
    facts = facts_of(case)
    found = facts.of(Kind.DUPLICATED)
    if not found or facts.pairs:
        return None
    return Sign(found | facts.of(Kind.EXTRA), ("Answers come more often than was asked.",), CERTAIN)


def keepalive(case: Case) -> Sign | None:
    """The same few bytes come again and again, and nobody has sent them."""
    came = [
        one.data
        for e in case.datagrams
        for seen in e.trace.scripts
        for one in seen.came
        if one.of is None
    ]
    facts = facts_of(case)
    found = facts.of(Kind.EXTRA, Kind.CHANGED)
    if not found or len(set(came)) != 1 or any(p.kind is not Kind.CHANGED for p in facts.pairs):
        return None
    return Sign(
        found, (f"It sends {came[0][:24]!r} now and then, which nobody has asked for.",), CERTAIN
    )


BY_ITSELF = {
    "resources/memory": "memory-leak",
    "resources/descriptors": "descriptor-leak",
    "resources/threads": "thread-leak",
    "resources/zombies": "zombies",
    "resources/idle-cpu": "spins-idle",
    "resilience/terminates": "sigterm-ignored",
}
"""Checks that look at one thing of the process, and what is behind their failure."""


def _by_itself(case: Case, check_id: str) -> Sign | None:
    e = next((e for e in case.datagrams if e.check_id == check_id), None)
    if e is None or e.first.kind not in (Kind.RESOURCE, Kind.STILL_RUNNING):
        return None
    return Sign(frozenset({check_id}), (f"{e.first.message[:1].upper()}{e.first.message[1:]}.",))


def _rule(
    cause: str,
    look: Callable[[Case], Sign | None],
    *must: str,
    strength: int = 1,
) -> Rule:
    return Rule(cause, look, must, strength=strength)


RULES: tuple[Rule, ...] = (
    _rule("datagram-buffer-small", buffer_small, "datagram/largest", strength=2),
    _rule("message-size-limit", size_limit, "datagram/largest"),
    _rule("datagrams-collected", collected, strength=2),
    _rule("datagram-cut-up", cut_up, strength=2),
    _rule("empty-datagram-ignored", empty_ignored, "datagram/empty", strength=2),
    _rule("empty-datagram-is-end", empty_is_end, "datagram/empty", strength=3),
    _rule("answers-from-new-socket", from_new_socket, strength=2),
    _rule("answers-from-any-address", from_any_address, strength=2),
    _rule("refused-is-fatal", refused_is_fatal, "datagram/client-gone", strength=3),
    _rule("no-receive-loop", no_loop, "datagram/stays-up", strength=2),
    _rule("connections-used-up", datagram_deaths.counted_loop),
    _rule("datagram-crash", datagram_deaths.crash),
    _rule("idle-timeout", datagram_deaths.idle, "datagram/stays-up", strength=2),
    _rule("sent-twice", sent_twice, "datagram/nothing-unasked", strength=2),
    _rule("keepalive-bytes", keepalive, strength=2),
    *(
        _rule(cause, partial(_by_itself, check_id=check_id))
        for check_id, cause in BY_ITSELF.items()
    ),
    *datagram_addresses.RULES,
    *datagram_company.RULES,
    *datagram_dropped.RULES,
    *datagram_lengths.RULES,
    *datagram_texts.RULES,
)
