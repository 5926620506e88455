"""How the bugs of the group "limits" of the catalogue show."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import CERTAIN, LIKELY, OF_CAPACITY, POSSIBLE
from harness.diagnosis.experiments.values import number, numbers
from harness.diagnosis.facts_deaths import plain_falls
from harness.diagnosis.facts_process import fact
from harness.diagnosis.facts_stream import (
    Session,
    bad_sessions,
    kind_of,
    line_with,
    listed,
    of_check,
    sessions,
)
from harness.diagnosis.read_sizes import LARGEST_READ, SURE_READ, USUAL_READ
from harness.diagnosis.rule import MOST, Rule, Sign, explained
from harness.diagnosis.rules import rings, sizes, wraps
from harness.diagnosis.rules.reads import stopped
from harness.diagnosis.rules.wraps import most_of, wrap_of
from harness.values.verdict import Kind

STACK = re.compile(
    r"RecursionError|StackOverflowError|Maximum call stack|stack overflow|stack exceeds|"
    r"has overflowed its stack|SystemStackError"
)


# --- counts ---------------------------------------------------------------------------------------


def recursion(case: Case) -> Sign | None:
    """It says itself that its stack has overflowed."""
    said, checks = line_with(case, STACK)
    if not said:
        return None
    ended = of_check(s for s in stopped(case) if s.good)
    return Sign(checks | ended, (f"The server says {said!r}.",), CERTAIN)


def _counts(case: Case) -> dict[str, int]:
    """By check: messages that were answered one by one on the connection that stopped first."""
    found: dict[str, int] = {}
    for s in stopped(case):
        where = s.at
        if where is not None and s.alone(where) and s.good == where.start:
            found.setdefault(s.check_id, len(s.answered))
    return found


def reads(case: Case) -> Sign | None:
    """It stops after a number of messages, whatever their size."""
    tried = _tried_count(case)
    counts = _counts(case) or _as_tried(case, tried)
    counted = Counter(counts.values())
    count, times = max(counted.items(), key=lambda item: (item[1], item[0]), default=(0, 0))
    if fact(case, "messages", "limit") == "bytes":
        return None
    alone = count >= ROUND and not count % ROUND and _bytewise(counts, count)
    if count < 2 or (times < 2 and abs(tried - count - 1) > 1 and not alone):
        return None
    if any(n > count for n in counts.values()) or times * 2 < len(counts):
        return None
    if any(len(s.answered) > count and s.alone(s.answered[count]) for s in sessions(case)):
        return None
    names = [i for i, n in counts.items() if n == count]
    though = "though they are of other sizes"
    if len(names) == 1 and tried:
        though = f"and when many of one byte were tried number {tried:,} was not"
    said = f"In {listed(sorted(names))} exactly {count:,} messages are answered, {though}."
    return Sign(
        of_check(stopped(case)),
        (said,),
        CERTAIN if tried else LIKELY,
        f"after {count:,} reads on a connection the server stops answering, or closes",
    )


def _as_tried(case: Case, tried: int) -> dict[str, int]:
    """By check: the messages that were answered, where these are all but the one at which it
    stopped when many were tried; the client did not wait for each of them."""
    ends = {s.check_id: len(s.answered) for s in stopped(case)}
    return {check_id: n for check_id, n in ends.items() if n == tried - 1}


def _tried_count(case: Case) -> int:
    """The message at which it stopped when many were tried one by one, from 1; else 0."""
    if fact(case, "messages", "limit") != "messages" or fact(case, "messages", "bad") == "late":
        return 0
    return max(number(fact(case, "messages", name)) for name in ("many_bad", "first_bad"))


def periodic(case: Case) -> Sign | None:
    """The same message of each connection goes wrong, counted from its first, whatever its size."""
    bad = [s for s in bad_sessions(case) if s.at and kind_of(s) in SHORTER and not s.closed_early]
    small = {s.check_id: s for s in bad if _one_by_one(s)}
    places = Counter(len(s.answered) + 1 for s in small.values())
    count, times = places.most_common(1)[0] if places else (0, 0)
    sizes = {s.at.size for s in small.values() if s.at}
    if count < 3 or times < 2 or times < MOST * len(small) or len(sizes) < 2:
        return None  # who counts twice over may see the second of the bad messages first
    passed = [s for s in sessions(case) if s not in bad and len(s.answered) >= count]
    if any(all(m.size <= SURE_READ for m in s.answered[:count]) for s in passed):
        return None
    found = sorted({s.check_id for s in bad if len(s.answered) + 1 == count})
    said = (
        f"In {listed(found)} message {count:,} of the connection goes wrong, though it has another "
        "size in each."
    )
    detail = f"read {count:,} of a connection is treated otherwise than those before it"
    return Sign(
        explained(case, WRONG) | frozenset(small) | frozenset(found), (said,), LIKELY, detail
    )


def _one_by_one(s: Session) -> bool:
    """Whether each message up to the bad one was surely one read."""
    messages = (*s.answered, s.at) if s.at else s.answered
    return all(s.alone(m) and m.size <= SURE_READ for m in messages)


WRONG = (Kind.LOST, Kind.CHANGED, Kind.EXTRA, Kind.DUPLICATED)
SHORTER = (*WRONG, Kind.TRUNCATED, Kind.NO_ECHO)
"""Of the last message only its end is missing: nothing follows that would show the rest."""
ROUND = 10
"""A number of messages that is a multiple of it is rather a limit than chance."""


def _bytewise(counts: dict[str, int], count: int) -> bool:
    """Whether single bytes were answered one by one, ``count`` of them."""
    return counts.get("chunking/byte-by-byte") == count


def _totals(case: Case) -> list[Session]:
    """Sessions that stopped though nothing is special about the message, and that sent much."""
    return [s for s in stopped(case) if s.good >= 256]


def quota(case: Case) -> Sign | None:
    """It stops after a number of bytes in all."""
    found = _totals(case)
    most = most_of(found)
    exact = {s.check_id for s in found if s.good == most}
    by_bytes = fact(case, "cumulative", "by") == "bytes" and bool(fact(case, "cumulative", "ended"))
    sure = _sure_end(found, most)
    told = len(exact) > (2 if _far_from_round(most) else 1) or by_bytes or sure
    if len(found) < 2 or not told or wrap_of(most, found):
        return None
    if any(s.good > most for s in sessions(case)) or len(found) < len(stopped(case)):
        return None
    less = any(at < most - USUAL_READ for at in numbers(fact(case, "cumulative", "far_at")))
    if less and not (sure and len(exact) > 1):
        return None  # a client that read all the time got less
    if not by_bytes and "identity/long-stream" not in case.failed:
        return None  # it brings more than any other, so it fails each time or it is no limit
    one_by_one = by_bytes and len(exact) < 2
    limit = numbers(fact(case, "cumulative", "wrong_at"))[0] if one_by_one else most
    ends = f"{len(exact)} {'checks end' if len(exact) > 1 else 'check ends'} exactly there"
    said = f"No connection gets more than {limit:,} bytes back; {ends}."
    if limit != most:
        said = f"Messages of 1,000 and of 700 bytes both go wrong at {limit:,} bytes."
    confidence = CERTAIN if len(exact) > 2 or by_bytes else LIKELY
    return Sign(of_check(found), (said,), confidence, _ends_after(limit))


def _ends_after(count: int) -> str:
    """The bug, for people."""
    return f"after {count:,} bytes on a connection the server stops answering, or closes"


def least_quota(case: Case) -> Sign | None:
    """The same where it is looked at only between reads: each connection gets as much at least."""
    found = [s for s in stopped(case) if s.good]
    least = min((s.good for s in found), default=0)
    exact = of_check(s for s in found if s.good == least)
    if (least % THOUSAND and least % USUAL_READ) or least < A_LOT or wrap_of(least, found):
        return None
    if len(of_check(found)) < MANY_CHECKS or len(exact) < 2 or len(found) < len(stopped(case)):
        return None
    most = least + LARGEST_READ
    if any(s.good > most for s in sessions(case)) or "identity/long-stream" not in case.failed:
        return None
    said = (
        f"{len(found)} connections stood still when {least:,} bytes had come back, or up to "
        f"{most_of(found) - least:,} more; on none did more come."
    )
    return Sign(of_check(found), (said,), LIKELY, _ends_after(least))


THOUSAND, A_LOT, MANY_CHECKS = 1000, 8192, 5
"""A number of bytes that somebody may have chosen; one that is no matter of a message or a read;
and checks in which it decides."""


def far_quota(case: Case) -> Sign | None:
    """One long stream, read while it is written, ends at a round number of bytes: other clients
    get less, as what they had not read is lost with the reset."""
    far = numbers(fact(case, "cumulative", "far_at"))
    if not fact(case, "cumulative", "ended") or len(far) != 1 or _odd(far[0]):
        return None
    (limit,) = far
    if any(s.good > limit for s in sessions(case)):
        return None
    found = [s for s in stopped(case) if s.seen.sent > limit]
    said = f"One long stream ended when exactly {limit:,} bytes of it had come back."
    return Sign(of_check(found), (said,), LIKELY, _ends_after(limit))


def _odd(count: int) -> bool:
    """Whether nobody would set such a limit."""
    return count < min(UNITS) or all(count % unit for unit in UNITS)


UNITS = (65536, 10_000)
"""Limits that people set are multiples of one of them, if they are large."""


def _far_from_round(count: int) -> bool:
    """Whether it is no limit that somebody sets, and that is noticed when a read has passed it."""
    return count > FAR and all(count % unit > USUAL_READ for unit in UNITS)


FAR = 100_000
"""Bytes: of smaller numbers any may be a limit."""
READ_AT_ONCE = ("identity/counter", "chunking/cumulative", "chunking/uneven")
"""Checks whose clients take each answer as soon as it is there."""


def _sure_end(found: Sequence[Session], most: int) -> bool:
    """Whether a round number of bytes ends a connection whose client reads, and only those end
    that have sent more: what others had not read yet is lost with the reset."""
    ends = [s for s in found if s.good == most and s.check_id in READ_AT_ONCE and s.closed_early]
    return bool(ends) and not _odd(most) and all(s.seen.sent > most for s in found)


LONG = ("identity/long-stream",)
ASKS = ("cumulative", "messages")
SELECT = re.compile(r"out of range in select|bit out of range|buffer overflow detected")
CROWD = 900
"""Clients: from about so many on the descriptors of a server may have numbers beyond 1,023."""


def select_too_small(case: Case) -> Sign | None:
    """A crowd of a thousand ends it, and a small one does not."""
    e = case.of(OF_CAPACITY)
    if e is None or len(e.plan.scripts) < CROWD or e.first.kind is not Kind.DIED:
        return None
    said, _ = line_with(case, SELECT)
    if not said and any(fall.check_id != OF_CAPACITY for fall in plain_falls(case)):
        return None  # fewer clients end it, too
    died = f"It ended when {len(e.plan.scripts) - 2:,} clients were there at once."
    return Sign(
        frozenset({e.check_id}),
        (died, *((f"The server says {said!r}.",) if said else ())),
        CERTAIN if said else POSSIBLE,
    )


RULES: tuple[Rule, ...] = (
    Rule("select-too-small", select_too_small, may=("sessions/*",), strength=2),
    Rule("recursion", recursion, strength=3),
    Rule("reads-quota", reads, ("chunking/byte-by-byte",), strength=2, asks=ASKS),
    Rule("every-nth-read", periodic, strength=1),
    Rule("bytes-quota", least_quota, LONG, strength=2, asks=ASKS),
    Rule("bytes-quota", quota, LONG, strength=2, asks=ASKS),
    Rule("bytes-quota", far_quota, LONG, strength=2, asks=ASKS),
    *wraps.RULES,
    *sizes.RULES,
    *rings.RULES,
)
