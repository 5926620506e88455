"""Causes that the source of the target speaks for, where what was seen agrees.

A line of the source alone proves nothing: correct servers have such lines too.  But of the bugs
that would show as this run shows, one whose line is there is far more likely than one whose line is
missing.  So each row says how its bug shows and which checks it must break, and what rules that
look at the bytes have recognised comes first.

Of lines that many correct programs have, too, not even that is true: ``time.time()`` and
``server.close()`` stand beside bugs of every kind.  Such a row is no rule.  What nothing else
explains is told with its line, as a place to look at.
"""

from __future__ import annotations

from functools import partial

from msgspec import Struct

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import CLOSED, CUT, LIKELY, MISSING, OTHER_BYTES, POSSIBLE
from harness.diagnosis.facts_crowds import DEAF, SIDE_BY_SIDE
from harness.diagnosis.facts_stream import listed
from harness.diagnosis.languages import in_file
from harness.diagnosis.rule import EVERYTHING, PLAIN, Rule, Sign, excluded, explained, matches
from harness.diagnosis.where import numbers, pointed
from harness.values.verdict import Kind

# Short names, so that a row stays a line.
WRONG = OTHER_BYTES
ABSENT = (*MISSING, Kind.NO_END)
WAITS = (Kind.TRUNCATED, Kind.NO_ECHO, Kind.NO_END)
CONTENT = (*WRONG, *ABSENT, *CUT)
MUTE = (*DEAF, Kind.TRUNCATED)
DEAD = (Kind.DIED, Kind.REFUSED, *CLOSED, Kind.NO_ECHO)

OF_BYTES = ("identity/*", "chunking/*", "fuzz/plans")
OF_PACE = ("partial-send/*", "identity/long-stream", "shutdown/flushes-everything", "fuzz/plans")
PRESSED = ("partial-send/*", "identity/long-stream", "shutdown/*", "sessions/stalled-client-aside")
"""Much is under way, or a reader stalls."""
LONG = ("partial-send/*", "identity/long-stream", "identity/counter", "chunking/cumulative")
"""What fills a buffer again and again."""
COUNTED = ("chunking/*", "identity/long-stream", "identity/counter", "partial-send/*", "sessions/*")
"""Where many messages or reads come on one connection: what counts them cannot spare all of it."""
IN_TURN = (*PLAIN, "chunking/prompt", "chunking/byte-by-byte", "chunking/cumulative")
"""Each message waits for its answer: nothing presses."""
OF_REST = ("resources/idle-cpu", "shutdown/no-spin", "partial-send/no-spin")
OF_LEAVERS = ("resilience/*", "sessions/no-leftovers", "sessions/churn", "resources/*")


class Row(Struct, frozen=True):
    """How a bug shows whose line is in the source."""

    cause: str
    kinds: tuple[Kind, ...]
    """What the checks that it explains have found."""
    may: tuple[str, ...] = EVERYTHING
    must: tuple[str, ...] = ()
    strength: int = 0
    """1 where hardly a correct program has such a line; 2 where none has it for another reason.  0:
    no rule, only a place to look at."""
    spares: tuple[str, ...] = PLAIN
    """Checks that such a bug leaves alone: where one of them fails there is another."""
    needs: tuple[str, ...] = ()
    """Patterns of checks of which it breaks at least one, if there are any."""
    shows: tuple[Kind, ...] = ()
    """What is seen somewhere of such a bug; of others only that something does not come."""


PROMPT = ("chunking/prompt",)
EVERY_BYTE = ("identity/every-byte-value",)
MANY_READS = ("chunking/byte-by-byte",)
EDGES = ("identity/edge-whitespace",)
ROWS = (
    Row("single-read", (*CUT, *WAITS), must=PROMPT),
    Row("short-read-is-end", (*CUT, *WAITS), must=PROMPT, strength=1),
    Row("close-inside-loop", CUT, must=PROMPT),
    Row("accept-inside-loop", MUTE, must=PROMPT),
    Row("send-outside-loop", WAITS, must=PROMPT, strength=1, spares=()),
    Row("thread-called-not-started", MUTE, (*SIDE_BY_SIDE, "shutdown/*"), strength=2),
    Row("waits-for-newline", WAITS, must=PROMPT),
    Row("waits-for-full-buffer", WAITS, must=PROMPT),
    Row("not-flushed", WAITS, must=PROMPT),
    Row("strips-whitespace", (Kind.LOST, Kind.CHANGED), OF_BYTES, EDGES, strength=1),
    Row("telnet", CONTENT, must=("identity/telnet-bytes",), strength=1),
    Row("magic-word", CONTENT, ("fuzz/plans", "identity/*"), strength=1),
    Row("magic-byte", CONTENT, OF_BYTES),
    Row(
        "counter-wraps",
        CONTENT,
        strength=1,
        spares=(*PLAIN, "identity/telnet-bytes"),
        needs=COUNTED,
    ),
    Row("ring-wrap", CONTENT, strength=1, needs=LONG, shows=(*WRONG, Kind.LOST)),
    Row(
        "representation-sent",
        (Kind.CHANGED, Kind.EXTRA, Kind.LOST),
        must=(*PLAIN, *EVERY_BYTE),
        strength=1,
        spares=(),
    ),
    Row("padding-stripped", CONTENT, must=("identity/nul-bytes",), strength=1),
    Row("format-string", (*CONTENT, *DEAD), must=("identity/format-directives",), strength=1),
    Row("bom-dropped", CONTENT, ("identity/*", "fuzz/plans"), strength=1),
    Row("repetitions-dropped", CONTENT, strength=1, needs=COUNTED),
    Row("every-nth-read", CONTENT, must=MANY_READS, strength=1),
    Row("rest-of-read-discarded", CONTENT, strength=1, needs=COUNTED),
    Row("every-other-read-lost", CONTENT, must=("chunking/prompt", "identity/one-byte"), spares=()),
    Row("first-read-lost", CONTENT, must=("identity/one-byte",), spares=()),
    Row("partial-held-back", ABSENT, spares=()),
    Row("sent-twice", WRONG, must=("identity/nothing-extra",), spares=()),
    Row("signed-char-is-end", CONTENT, must=("identity/telnet-bytes",), strength=1),
    Row("length-prefix", ABSENT, spares=()),
    Row("fixed-message-size", CONTENT, must=("identity/one-byte",), spares=()),
    Row("cut-at-nul", CONTENT, must=("identity/nul-bytes",), strength=1),
    Row("exact-size", CONTENT),
    Row("never-resumes", (Kind.NO_ECHO, Kind.NO_END), strength=1, needs=("identity/long-stream",)),
    Row("message-size-limit", (*WRONG, *CUT), must=("identity/long-stream",)),
    Row("bytes-quota", (*ABSENT, *CUT), must=("identity/long-stream",)),
    Row("reads-quota", (*ABSENT, *CUT), must=("chunking/byte-by-byte",)),
    Row("keepalive-bytes", (Kind.EXTRA,), must=("shutdown/idle-kept",), strength=1),
    Row("idle-timeout", CUT, must=("shutdown/idle-kept",), strength=1),
    Row("time-limit", CUT),
    Row("lock-kept", MUTE, (*OF_LEAVERS, "fuzz/plans"), strength=1),
    Row("workers-die", MUTE, OF_LEAVERS),
    Row("connections-used-up", (*MUTE, Kind.EARLY_CLOSE), (*OF_LEAVERS, "sessions/*")),
    Row("removal-skips-next", MUTE, SIDE_BY_SIDE, strength=1),
    Row("shared-loop-variable", (*MUTE, *CUT, *WRONG), SIDE_BY_SIDE, strength=1),
    Row("closed-under-thread", (*MUTE, *CUT), strength=1, spares=()),
    Row("broadcast", WRONG, ("sessions/*", "fuzz/plans", "resilience/*"), strength=2),
    Row("shared-buffer", CONTENT, ("sessions/*", "fuzz/plans", "resilience/*")),
    Row("leftover-of-earlier", WRONG, ("sessions/no-leftovers", "resilience/*", "fuzz/plans")),
    Row("state-by-descriptor", CONTENT, ("sessions/no-leftovers", "sessions/churn", *OF_LEAVERS)),
    Row("first-ready-only", MUTE, SIDE_BY_SIDE),
    Row("newest-client-first", (Kind.ORDER, Kind.NO_ECHO), ("sessions/*",)),
    Row("connection-limit", (*MUTE, *CLOSED), ("sessions/*",)),
    Row("wrong-nfds", MUTE, ("sessions/*",)),
    Row("answers-overtake", (Kind.REORDERED, Kind.FOREIGN), strength=1, needs=COUNTED),
    Row("queue-order", (Kind.REORDERED, Kind.CHANGED, Kind.LOST), strength=1, needs=COUNTED),
    Row("stalled-output-dropped", (*MISSING,), OF_PACE, strength=1, needs=PRESSED, spares=IN_TURN),
    Row("would-block-closes", CUT, OF_PACE, strength=1, needs=PRESSED, spares=IN_TURN),
    Row("gives-up-on-slow-reader", (*CUT, *MISSING), OF_PACE, needs=PRESSED, spares=IN_TURN),
    Row("short-send-ignored", (*MISSING,), OF_PACE, needs=PRESSED, spares=IN_TURN),
    Row("pending-dropped-at-end", (*CUT, *MISSING), (*OF_PACE, "shutdown/*")),
    Row("edge-not-drained", ABSENT),
    Row("writable-not-watched", WAITS, OF_PACE, ("partial-send/stalled-reader",), strength=1),
    Row("buffer-overwritten", WRONG, strength=1, needs=COUNTED),
    Row("spins-idle", (Kind.RESOURCE,), OF_REST, strength=1),
    Row("busy-loop-writable", (Kind.RESOURCE,), OF_REST),
    Row("listener-closed", (Kind.REFUSED, *CUT), ("launch/stays-up", *SIDE_BY_SIDE)),
    Row("eagain-is-error", CUT, spares=()),
    Row("pause-is-end-of-message", (*ABSENT, *CUT)),
    Row("killed-by-sigpipe", DEAD, (*OF_LEAVERS, "partial-send/*", "shutdown/*", "fuzz/plans")),
    Row("eintr-is-error", DEAD, spares=(), needs=("launch/stays-up",)),
    Row("crash-on-reset", DEAD, (*OF_LEAVERS, "fuzz/plans")),
)


def look(row: Row, case: Case) -> Sign | None:
    """The bug of ``row``, if its line is there and something is seen that it would show."""
    if case.failed.intersection(row.spares):
        return None
    whole = bool(case.passed)  # else only plans were performed, and nobody knows what is spared
    if whole and row.needs and not any(matches(i, row.needs) for i in case.failed):
        return None
    if row.shows and not explained(case, row.shows):
        return None
    if row.must and not _tried(row, case):
        return None
    found = {i for i in explained(case, row.kinds) if matches(i, row.may)}
    places = _places(row.cause, case) if found else []
    if not places:
        return None
    said = f"What was seen fits such a bug, and the source has {'; '.join(places)}."
    return Sign(frozenset(found), (said,), LIKELY if row.strength else POSSIBLE)


MOST_PLACES = 2


def worth_a_look(case: Case, unexplained: frozenset[str]) -> tuple[str, ...]:
    """Sentences with lines of the source that may have something to do with the checks
    ``unexplained``: a bug is there that would show like that, or nothing is wrong with them."""
    found = []
    for rule, row in zip(_OF_ROWS, ROWS, strict=True):
        if row.strength or excluded(rule, case) or (sign := look(row, case)) is None:
            continue
        if fits := sign.explains & unexplained:
            found += [(-len(fits), said) for said in _places_of(row.cause, case)]
    return tuple(dict.fromkeys(said for _, said in sorted(found)))[:MOST_PLACES]


def _places_of(cause: str, case: Case) -> list[str]:
    """The line of each file that the cause could be about, where it is one."""
    return [
        f"Line {number} of {name} may have something to do with it, or not: {line}"
        for name, number, line in pointed(cause, case.sources, case.command)
    ]


def _tried(row: Row, case: Case) -> bool:
    """Whether what such a bug always breaks was checked, or more than a part of the contract."""
    plain = case.failed.union(case.passed).intersection(PLAIN)
    return bool(plain) or any(matches(i, row.must) for i in case.failed)


def _places(cause: str, case: Case) -> list[str]:
    """Where the source could have the bug: ``lines like it: server.py 5 and 9``.  A single line is
    shown anyway."""
    found = []
    for name, text in case.sources:
        lines = numbers(cause, text, in_file(name, text, case.command))
        if len(lines) == 1:
            found.append(f"a line like it in {name}")
        elif lines:
            found.append(f"lines like it in {name}: {listed(map(str, lines))}")
    return found


_OF_ROWS = tuple(
    Rule(row.cause, partial(look, row), row.must, row.may, row.strength) for row in ROWS
)
RULES = tuple(rule for rule in _OF_ROWS if rule.strength)
