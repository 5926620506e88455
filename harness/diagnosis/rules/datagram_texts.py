"""Bugs of text, as servers of datagrams show them: what came is what a function makes of what was
asked, for each datagram."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import CERTAIN, LIKELY, OF_ERRORS
from harness.diagnosis.facts_bytes import DECODE_ERRORS, is_text
from harness.diagnosis.facts_datagrams import Pair, facts_of
from harness.diagnosis.facts_stream import line_of, literal
from harness.diagnosis.rule import Rule, Sign
from harness.judging.odd import TELLING
from harness.values.verdict import Kind

Change = Callable[[bytes], bytes]


def first_line(message: bytes) -> bytes:
    """Up to its first newline, that included; all of it where there is none."""
    head, newline, _ = message.partition(b"\n")
    return head + newline


CHANGES: tuple[tuple[str, str, Change], ...] = (
    ("strips-whitespace", "whitespace at the ends is gone", bytes.strip),
    ("strips-whitespace", "whitespace at the end is gone", bytes.rstrip),
    ("strips-whitespace", "whitespace at the beginning is gone", bytes.lstrip),
    ("line-ends-dropped", "a line end at the end is gone", lambda m: m.rstrip(b"\r\n")),
    ("line-ends-dropped", "a newline at the end is gone", lambda m: m.removesuffix(b"\n")),
    ("newline-translated", "CR LF became LF", lambda m: m.replace(b"\r\n", b"\n")),
    ("newline-translated", "LF became CR LF", lambda m: m.replace(b"\n", b"\r\n")),
    ("case-changed", "letters came back as capitals", bytes.upper),
    ("case-changed", "letters came back small", bytes.lower),
    (
        "lossy-decoding",
        "what is no UTF-8 was replaced",
        lambda m: m.decode(errors="replace").encode(),
    ),
    (
        "lossy-decoding",
        "what is no UTF-8 was left out",
        lambda m: m.decode(errors="ignore").encode(),
    ),
    (
        "lossy-decoding",
        "what is no ASCII was replaced",
        lambda m: m.decode("ascii", "replace").encode(),
    ),
    ("seven-bit", "the highest bit of each byte is gone", lambda m: bytes(b & 127 for b in m)),
    ("cut-at-nul", "it ends at the first NUL", lambda m: m.split(b"\0")[0]),
    ("padding-stripped", "NULs at the end are gone", lambda m: m.rstrip(b"\0")),
    ("signed-char-is-end", "it ends at the first byte 0xFF", lambda m: m.split(b"\xff")[0]),
    ("bom-dropped", "the byte order mark is gone", lambda m: m.removeprefix(b"\xef\xbb\xbf")),
    ("rest-of-read-discarded", "only its first line came", first_line),
    ("rest-of-read-discarded", "only its first line came", lambda m: m.split(b"\n")[0]),
    ("representation-sent", "it came as Python writes it", lambda m: repr(m).encode()),
)
_BY_CAUSE: dict[str, list[tuple[str, Change]]] = {}
for _cause, _words, _change in CHANGES:
    _BY_CAUSE.setdefault(_cause, []).append((_words, _change))


def changed(case: Case, cause: str) -> Sign | None:
    """One of the changes that this cause makes foretells all that came wrong."""
    facts = facts_of(case)
    for words, change in _BY_CAUSE[cause]:
        fit = [pair for pair in facts.pairs if _makes(change, pair)]
        exact = [pair for pair in fit if change(pair.asked) == pair.came]
        if not exact or len(fit) < len(facts.pairs):
            continue
        if any(change(data) != data for data in facts.whole):
            continue
        first = min(exact, key=lambda pair: len(pair.asked))
        return Sign(
            frozenset(pair.check_id for pair in fit),
            (f"{_shown(first.asked)} comes back as {_shown(first.came)}: {words}.",),
            CERTAIN if len(exact) > 2 else LIKELY,
        )
    return None


def _makes(change: Change, pair: Pair) -> bool:
    """Whether it makes what came of what was asked, or of another that the client did not get."""
    if change(pair.asked).startswith(pair.came):
        return True
    return len(pair.came) >= TELLING and any(change(data) == pair.came for data in pair.open)


def _shown(data: bytes) -> str:
    return literal(data) if data else "an empty datagram"


def added(case: Case) -> Sign | None:
    """The same bytes stand before each answer, or behind it."""
    facts = facts_of(case)
    found = [pair for pair in facts.pairs if pair.asked and pair.asked in pair.came]
    around = {tuple(pair.came.split(pair.asked, 1)) for pair in found if len(pair.asked) > 3}
    if len(around) != 1 or not found:
        return None
    ((before, behind),) = around
    if _is_stale(found):
        return None
    words = [f"{_shown(before)} stands before it"] if before else []
    words += [f"{_shown(behind)} stands behind it"] if behind else []
    return Sign(
        frozenset(p.check_id for p in facts.pairs),
        (f"In each answer {' and '.join(words)}.",),
        CERTAIN,
    )


def stale(case: Case) -> Sign | None:
    """Behind the datagram stands what the buffer had before, up to its end."""
    facts = facts_of(case)
    found = [pair for pair in facts.pairs if pair.kind is Kind.EXTRA]
    if not found or not _is_stale(found):
        return None
    return Sign(
        frozenset(p.check_id for p in facts.pairs if p.kind in (Kind.EXTRA, Kind.TRUNCATED))
        | facts.of(Kind.EXTRA, Kind.DUPLICATED),  # an empty one gets the whole of an earlier one
        ("Behind each datagram stands what the buffer had there before.",),
        CERTAIN if len(found) > 2 else LIKELY,
    )


def stale_at_empty(case: Case) -> Sign | None:
    """An empty datagram is answered by another that had come before it, once more."""
    facts = facts_of(case)
    if not facts.answered_by_earlier:
        return None
    return Sign(
        facts.answered_by_earlier | facts.of(Kind.DUPLICATED),
        ("An empty datagram is answered by the one before it, which comes back once more.",),
        LIKELY,
        "an empty datagram leaves the length as it was, so what the buffer holds is sent again",
        mend="Set the length to what the read returned, also where that is 0: with datagrams, no "
        "bytes are a message too.",
    )


def _is_stale(found: list[Pair]) -> bool:
    """Whether answers begin as they should and end with zeros, or as an earlier one did."""
    rests = [(pair, pair.came[len(pair.asked) :]) for pair in found]
    if not all(pair.came.startswith(pair.asked) for pair in found):
        return False
    zeros = [rest for _, rest in rests if not rest.strip(b"\0")]
    earlier = [
        rest
        for pair, rest in rests
        if any(
            old[len(pair.asked) : len(pair.came)].startswith(rest[: len(old) - len(pair.asked)])
            for old in pair.before
            if len(old) > len(pair.asked)
        )
    ]
    one_size = {len(pair.came) for pair in found}
    return bool(zeros and len(one_size) == 1) or bool(earlier)


def decodes(case: Case) -> Sign | None:
    """It dies of a datagram that is no text, and says so; or has no answer to those, and to all
    others."""
    named = [e for e, _ in facts_of(case).deaths() if DECODE_ERRORS.search(e.output)]
    if not named:
        return _unanswered(case)
    said = f"The server says {line_of(named[0].output, DECODE_ERRORS)!r}."
    return Sign(frozenset(e.check_id for e in named), (said,), CERTAIN)


def _unanswered(case: Case) -> Sign | None:
    facts = facts_of(case)
    silent = [(check_id, data) for check_id, data in facts.silent if data]
    if not silent or any(is_text(data) for _, data in silent):
        return None
    if not all(map(is_text, facts.whole)):
        return None
    told = [e for e in case.every if DECODE_ERRORS.search(e.output)]
    reported = frozenset(e.check_id for e in told if e.check_id == OF_ERRORS)
    evidence = ["Datagrams that are no UTF-8 have no answer, all others have."]
    if told:
        evidence.append(f"The server says {line_of(told[0].output, DECODE_ERRORS)!r}.")
    return Sign(
        frozenset(check_id for check_id, _ in silent) | reported,
        tuple(evidence),
        CERTAIN if told else LIKELY,
    )


RULES: tuple[Rule, ...] = (
    *(Rule(cause, partial(changed, cause=cause), strength=3) for cause in _BY_CAUSE),
    Rule("prefix-or-suffix", added, strength=3),
    Rule("stale-buffer", stale, strength=2),
    Rule("stale-buffer", stale_at_empty, ("datagram/empty",), strength=2),
    Rule("decodes-text", decodes, strength=3),
)
