"""Which transform foretells what came back, on every connection on which something was wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from harness.diagnosis.case import Case
from harness.diagnosis.facts_stream import (
    Session,
    bad_sessions,
    byte,
    good_sessions,
    listed,
)
from harness.diagnosis.transforms import TABLE, Transform, each, pieces

LARGEST = 9000
"""Bytes that a session may send for its answers to be foretold."""
SPLITS = (0, 1024, 4096, 2048, 512, 8192, 256, 128)
"""Sizes of the buffers that are tried; 0: a message is one read."""


class Match(Struct, frozen=True):
    """A transform that foretells answers."""

    transform: Transform
    checks: frozenset[str]
    shown: tuple[bytes, bytes]
    """A message, as short as there is one, and its answer."""


def matches_of(case: Case, transforms: Iterable[Transform] = TABLE) -> list[Match]:
    """Those of ``transforms`` that foretell what came back somewhere, and change nothing where all
    came back."""
    bad = [s for s in bad_sessions(case) if is_small(s)]
    bytes_of = sum(s.check_id.startswith("identity/") for s in bad)
    fine = [s for s in good_sessions(case) if is_small(s)]
    found = []
    for transform in transforms:
        fitting = [s for s in bad if goes_on(s) and fits(s, transform)]
        if all(s.check_id == "fuzz/plans" for s in fitting):
            continue
        if not any(s.good or s.seen.surplus for s in fitting):
            continue
        if bytes_of > 2 * sum(s.check_id.startswith("identity/") for s in fitting):
            continue
        if any(_foretold(s, transform, 0) != s.sent for s in fine):
            continue
        checks = {s.check_id for s in fitting} | _by_window(case, transform)
        found.append(Match(transform, frozenset(checks), _shown(fitting, transform)))
    return found


def is_small(s: Session) -> bool:
    """Whether what the session sent and got can be looked at byte by byte."""
    return sum(m.size for m in s.messages) <= LARGEST and bool(s.messages)


def goes_on(s: Session) -> bool:
    """Whether the connection was left to its client: what is done to bytes ends nothing."""
    return not s.closed_early or bool(s.seen.surplus)


def read_as(s: Session) -> list[bytes]:
    """The messages of a session, as far as they were sent."""
    sent = s.sent
    return [sent[m.start : m.end] for m in s.messages if m.start < len(sent)]


def fits(s: Session, transform: Transform) -> bool:
    """Whether ``transform`` foretells exactly what came."""
    if not transform.by_byte and not _one_by_one(s):
        return False
    largest = max(m.size for m in s.messages)
    sizes = [size for size in SPLITS if size < largest or not size]
    return any(_agrees(s, _foretold(s, transform, size)) for size in sizes)


def _one_by_one(s: Session) -> bool:
    """Whether each read holds one message up to where it goes wrong."""
    where = s.at
    upto = where.end if where is not None else s.messages[-1].end
    return all(m.awaited for m in s.messages if m.start < upto) and s.seen.sent <= upto + LARGEST


def _foretold(s: Session, transform: Transform, size: int) -> bytes:
    messages = read_as(s)
    try:
        return transform.answers(pieces(messages, size) if size else messages)
    except (UnicodeError, IndexError):
        return b""


def _agrees(s: Session, foretold: bytes) -> bool:
    received = s.received
    if received == foretold:
        return foretold != s.sent
    return len(received) > s.good and foretold.startswith(received)


def _by_window(case: Case, transform: Transform) -> set[str]:
    """Checks of which only a window of bytes is known, where that is as foretold."""
    if not transform.by_byte:
        return set()
    found = set()
    for e in case.failures:
        if e.expected and e.got:
            foretold = transform.answers([e.expected])
            short = min(len(foretold), len(e.got), 8)
            if foretold != e.expected and foretold[:short] == e.got[:short]:
                found.add(e.check_id)
    return found


def _shown(fitting: Sequence[Session], transform: Transform) -> tuple[bytes, bytes]:
    changed = [
        (m, transform.answers([m]))
        for s in fitting
        for m in (*read_as(s), s.sent)
        if transform.answers([m]) != m
    ]
    return min(changed, key=lambda pair: len(pair[0]), default=(b"", b""))


# --- transforms that are found out from what came -------------------------------------------------


def derived(case: Case) -> list[Transform]:
    """Bytes that are dropped, changed or that cut a message; what is added to each answer."""
    bad = [s for s in bad_sessions(case) if is_small(s) and s.check_id != "fuzz/plans"]
    return [*_dropping(bad), *_mapping(bad), *_cutting(bad), *_stripping(bad), *_adding(bad)]


def _dropping(bad: Sequence[Session]) -> Iterator[Transform]:
    lost: set[int] = set()
    kept: set[int] = set()
    for s in bad:
        gone = dropped_from(s.sent, s.received)
        if gone is not None:
            lost |= gone
            kept |= set(s.received)
    lost -= kept
    if lost and len(lost) <= 128:
        is_ = "is" if len(lost) == 1 else "are"
        yield Transform(
            _cause_of_lost(lost),
            each(lambda m: bytes(v for v in m if v not in lost)),
            f"each byte {_values(lost)} {is_} dropped, wherever it stands",
            True,
        )


def dropped_from(sent: bytes, received: bytes) -> set[int] | None:
    """The values without which ``sent`` begins with ``received``; None if there are none."""
    gone: set[int] = set()
    at = 0
    for value in sent:
        if at < len(received) and received[at] == value and value not in gone:
            at += 1
        elif at < len(received):
            gone.add(value)
    if at == len(received) and at < len(sent):
        gone |= set(sent[len(sent) :])
    tail = sent if at == len(received) and not gone else b""
    gone |= set(tail[at:]) if len(tail) - at <= 4 else set()
    return gone if at == len(received) and gone and not gone & set(received) else None


def _cause_of_lost(lost: set[int]) -> str:
    if lost == {0xFF}:
        return "telnet"
    if min(lost) >= 0x80 and len(lost) > 8:
        return "lossy-decoding"
    if lost <= {0x0A, 0x0D}:
        return "newline-translated" if lost == {0x0D} else "line-ends-dropped"
    return "magic-byte"


def _values(values: Iterable[int]) -> str:
    from harness.diagnosis.experiments.content import hexes

    return hexes(values)


def _mapping(bad: Sequence[Session]) -> Iterator[Transform]:
    table: dict[int, set[int]] = {}
    for s in bad:
        if len(s.received) <= len(s.sent) and s.finding is not None:
            for value, got in zip(s.sent, s.received, strict=False):
                table.setdefault(value, set()).add(got)
    other = {v: min(got) for v, got in table.items() if got != {v} and len(got) == 1}
    if not other or len(other) > 130:
        return
    into = set(other.values())
    if min(other) >= 0x80 and len(other) > 8:
        cause, words = "lossy-decoding", "bytes above 0x7F come back as others"
    elif into <= {0x0A, 0x0D} and set(other) <= set(b"\r\n\x0b\x0c\x1c\x1d\x1e\x85"):
        cause, words = "newline-translated", "line ends are changed into others"
    else:
        shown = listed([f"{byte(v)} as {byte(w)}" for v, w in sorted(other.items())])
        cause, words = "magic-byte", f"some bytes come back as others: {shown}"
    yield Transform(cause, each(lambda m: bytes(other.get(v, v) for v in m)), words, True)


def _cutting(bad: Sequence[Session]) -> Iterator[Transform]:
    """A byte after which, or from which on, the rest of a message is lost."""
    with_it = Counter(s.sent[s.good - 1] for s in bad if 0 < s.good < len(s.sent))
    without = Counter(s.sent[s.good] for s in bad if s.good < len(s.sent))
    for value, _ in without.most_common(3):
        yield Transform(
            _cause_of_cut(value),
            each(lambda m, v=value: m.split(bytes([v]))[0]),  # type: ignore[misc]
            f"a byte {byte(value)} and what follows it in a message are lost",
        )
    for value, _ in with_it.most_common(3):
        yield Transform(
            _cause_of_cut(value),
            each(lambda m, v=value: m[: m.index(v) + 1] if v in m else m),  # type: ignore[misc]
            f"what follows a byte {byte(value)} in a message is lost",
        )


def _cause_of_cut(value: int) -> str:
    if value == 0x0A:
        return "rest-of-read-discarded"
    return {0x00: "cut-at-nul", 0xFF: "signed-char-is-end"}.get(value, "magic-byte")


WHITE = b" \t\r\n\x0b\x0c\x1c\x1d\x1e\x1f"


def _stripping(bad: Sequence[Session]) -> Iterator[Transform]:
    """White space of some kinds that is lost at the edges of messages."""
    whole = [m for s in bad for m in read_as(s)[: len(s.answered)]]
    at_end = bytes(set(WHITE) - {m[-1] for m in whole if m})
    at_start = bytes(set(WHITE) - {m[0] for m in whole if m})
    both = bytes(set(at_end) & set(at_start))
    for stripped, edge, answers in (
        (both, "both edges", each(lambda m: m.strip(both))),
        (at_end, "the end", each(lambda m: m.rstrip(at_end))),
        (at_start, "the start", each(lambda m: m.lstrip(at_start))),
    ):
        if set(stripped) & set(b" \t"):
            yield Transform("strips-whitespace", answers, f"white space at {edge} of a message is removed")


def _adding(bad: Sequence[Session]) -> Iterator[Transform]:
    for s in bad:
        first = s.sent[: s.messages[0].size]
        if len(s.messages) < 2 and s.check_id not in ("identity/one-byte", "identity/hello"):
            continue
        got = s.received
        at = got.find(first)
        if at < 0 or not first:
            continue
        before, after = got[:at], got[at + len(first) :]
        if before and not after and s.check_id != "identity/nothing-extra":
            yield _added(before, b"")
        elif after and not before and len(after) <= 64:
            yield _added(b"", after)
        elif before and after and len(before) + len(after) <= 128:
            yield _added(before, after)


def _added(before: bytes, after: bytes) -> Transform:
    what = " and ".join(
        f"{added!r} {where} it".replace("b'", "'", 1)
        for added, where in ((before, "before"), (after, "behind"))
        if added
    )
    return Transform(
        "prefix-or-suffix",
        each(lambda m: before + m + after),
        f"each answer has more than the message: {what}",
    )
