"""Transforms that are found out from what came: which bytes are dropped, changed, or cut."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import takewhile

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import OF_FUZZ
from harness.diagnosis.experiments.content import hexes
from harness.diagnosis.facts_stream import Session, bad_sessions, byte, listed
from harness.diagnosis.foretold import is_small, read_as
from harness.diagnosis.transforms import Transform, each


def derived(case: Case) -> list[Transform]:
    """Bytes that are dropped, changed or that cut a message; what is added to each answer."""
    bad = [s for s in bad_sessions(case) if is_small(s) and s.check_id != OF_FUZZ]
    return [
        *_dropping(bad),
        *_mapping(bad),
        *_expanding(bad),
        *_cutting(bad),
        *_stripping(bad),
    ]


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
            f"each byte {hexes(lost)} {is_} dropped, wherever it stands",
            True,
        )


def dropped_from(sent: bytes, received: bytes) -> set[int] | None:
    """The values without which ``sent`` begins with ``received``; None if there are none.

    What is missing at the very end counts, if it is no more than a few bytes.
    """
    gone: set[int] = set()
    at = 0
    for value in sent:
        if at < len(received) and received[at] == value:
            at += 1
        elif at < len(received):
            gone.add(value)
    if at < len(received):
        return None
    if not gone and len(sent) - at <= A_FEW:
        gone = set(sent[at:])
    return gone if gone and not gone & set(received) else None


A_FEW = 4
"""Bytes at the end of a message that may be of those that are dropped."""


SIGNS = {0xFF: "telnet", 0x5C: "escapes-interpreted", 0x25: "format-string"}
"""What looks at a byte, where that is the one that is dropped."""


def _cause_of_lost(lost: set[int]) -> str:
    if len(lost) == 1 and (cause := SIGNS.get(min(lost))):
        return cause
    if min(lost) >= 0x80 and len(lost) > 8:
        return "lossy-decoding"
    if lost <= {0x0A, 0x0D}:
        return "newline-translated" if lost == {0x0D} else "line-ends-dropped"
    return "magic-byte"


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


def _expanding(bad: Sequence[Session]) -> Iterator[Transform]:
    """Bytes that come back as several others each, such as a tab as four blanks."""
    found: dict[int, bytes] = {}
    kept: set[int] = set()
    inside: set[int] = set()
    for s in bad:
        sent, received = s.sent, s.received  # made anew each time
        kept |= set(sent) & set(received)
        expanded = expanded_in(sent, received)
        inside |= expanded.keys() & _inside(s, sent)
        for value, text in expanded.items():
            if found.setdefault(value, text) != text:
                return
    kept -= found.keys()
    if not inside or len(found) > MOST_EXPANDED or len(kept) < 2 * len(found):
        return
    shown = listed([f"{byte(v)} as {_plain(text)}" for v, text in sorted(found.items())])
    yield Transform(
        _cause_of_expanded(set(found)),
        each(lambda m: b"".join(found.get(v, bytes([v])) for v in m)),
        f"some bytes come back as several: {shown}",
        True,
    )


def _inside(s: Session, sent: bytes) -> set[int]:
    """The values that stand neither first nor last in a message: what comes at an edge may be put
    before or behind it, whatever byte stands there."""
    edges = {at for m in s.messages for at in (m.start, m.end - 1)}
    return {value for at, value in enumerate(sent) if at not in edges}


def expanded_in(sent: bytes, received: bytes) -> dict[int, bytes]:
    """The values that came back as two to eight bytes each, and what they came back as.

    Empty where ``received`` is not what they make of ``sent``, as far as it came.
    """
    found: dict[int, bytes] = {}
    at = 0
    for i, value in enumerate(sent):
        if at >= len(received):
            break
        if value not in found and received[at] != value:
            text = _put_for(sent[i + 1 : i + 1 + AGREE], received[at:])
            if not text:
                return {}
            found[value] = text
        text = found.get(value, bytes([value]))
        if not text.startswith(received[at : at + len(text)]):
            return {}
        at += len(text)
    return found if at >= len(received) else {}


def _put_for(following: bytes, received: bytes) -> bytes:
    """What ``received`` begins with, if what follows it is what was sent next, as far as that came;
    empty if nothing fits."""
    if not following:
        return received if 2 <= len(received) <= LONGEST else b""
    sizes = range(2, min(LONGEST, len(received) - 1) + 1)
    agreeing = {size: _agree(received[size:], following) for size in sizes}
    best = max(sizes, key=lambda size: agreeing[size], default=0)
    return received[:best] if best and agreeing[best] else b""


def _agree(one: bytes, other: bytes) -> int:
    """Bytes with which both begin."""
    pairs = zip(one, other, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _plain(text: bytes) -> str:
    """``text`` as it stands where it can be seen, else byte by byte."""
    visible = all(0x20 < v < 0x7F for v in text)
    return text.decode("ascii") if visible else text.hex(" ")


LONGEST = 8
"""Bytes that one byte may become: more are a message."""
AGREE = 4
"""Bytes behind it that are looked at, to see where it ends."""
MOST_EXPANDED = 8


def _cause_of_expanded(values: set[int]) -> str:
    if values <= {0x0A, 0x0D}:
        return "newline-translated"
    return SIGNS.get(min(values), "magic-byte") if len(values) == 1 else "magic-byte"


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
            yield Transform(
                "strips-whitespace", answers, f"white space at {edge} of a message is removed"
            )
