"""Bytes that nobody has sent: greetings, prompts, farewells: rules of the group "text"."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Literal

from harness.diagnosis import beneath
from harness.diagnosis.case import Case
from harness.diagnosis.evidence import CERTAIN, LIKELY, Answers
from harness.diagnosis.facts_gaps import SLIDE
from harness.diagnosis.facts_stream import Session, bad_sessions, literal, of_check
from harness.diagnosis.foretold import is_small
from harness.diagnosis.read_sizes import SURE_READ
from harness.diagnosis.rule import NEARLY_ALL, PLAIN, Rule, Sign
from harness.diagnosis.rules.waiting import BY_LINES, long_line, of_long_lines, when
from harness.values.verdict import Kind

NOTHING_EXTRA = "identity/nothing-extra"
ALONE = ("shutdown/at-once", NOTHING_EXTRA)
"""In these a client connects, sends nothing, and ends."""
MIXED = (Kind.EXTRA, Kind.CHANGED, Kind.FOREIGN, Kind.DUPLICATED, Kind.REORDERED)


def common(texts: Iterable[bytes]) -> bytes:
    """What all of ``texts`` begin with."""
    found: bytes | None = None
    for text in texts:
        if found is None:
            found = text
        while not text.startswith(found):
            found = found[:-1]
    return found or b""


def _unasked(case: Case) -> list[Session]:
    """Sessions that sent nothing and got something."""
    return [s for s in bad_sessions(case) if not s.seen.sent and s.seen.surplus]


def _hello(case: Case) -> Session | None:
    """The session of one plain message, if something is wrong on it."""
    return next((s for s in bad_sessions(case) if s.check_id == "identity/hello"), None)


def banner(case: Case) -> Sign | None:
    """Something comes first, on each connection."""
    return _once(case, lambda s: s.good == 0 and bool(s.seen.surplus), "before the data")


def farewell(case: Case) -> Sign | None:
    """Something comes last, when the client has ended."""
    return _once(
        case,
        lambda s: s.seen.half_closed and s.good == s.seen.sent and bool(s.seen.surplus),
        "when the client has ended",
    )


def _once(case: Case, has: Callable[[Session], bool], when: str) -> Sign | None:
    silent = [s for s in _unasked(case) if s.check_id in ALONE]
    text = common(s.seen.surplus for s in silent)
    if not text:
        return None
    fitting = [s for s in bad_sessions(case) if has(s) and s.seen.surplus.startswith(text[:4])]
    busy = [s for s in fitting if s.seen.sent]
    others = [
        s
        for s in bad_sessions(case)
        if s.seen.sent and s.finding is not None and s.finding.kind in MIXED
    ]
    if 2 * len(busy) < len(others) or not busy:
        return None
    return Sign(
        of_check(fitting) | of_check(s for s in others if text[:8] in s.seen.surplus[:8]),
        (f"Each connection gets {shown(text)}, also one on which nothing was sent.",),
        CERTAIN,
        f"{shown(text)} is sent {when}",
        beneath.added(text),
    )


def affix(case: Case) -> Sign | None:
    """Each answer has more than its message."""
    hello = _hello(case)
    if hello is None:
        return None
    word, got = hello.sent, hello.received
    at = got.find(word)
    if at < 0 or len(got) - len(word) > 256 or got == word:
        return None
    before, after = got[:at], got[at + len(word) :]
    if after and not after.strip(b"\0"):
        return None  # what is left of a buffer, and no text of the server's own
    if before[:2] in (b"b'", b'b"') and after in (b"'", b'"'):
        return None  # the representation
    if _is_length(before, len(word)):
        return framed(case, before)
    if not _per_message(case, before, after) or _line_at_end(case, before, after):
        return None
    fitting = [s for s in bad_sessions(case) if _has(s, before, after)]
    told = [
        f"{shown(added)} {where}"
        for added, where in ((before, "before it"), (after, "behind it"))
        if added
    ]
    return Sign(
        of_check(fitting),
        (f"'Hello, world' comes back with {' and '.join(told)}.",),
        CERTAIN if len(fitting) > 2 else LIKELY,
        f"each answer has more than the message: {' and '.join(told)}",
        _undo(before, after),
    )


def _undo(before: bytes, after: bytes) -> beneath.Undo | None:
    """What takes both away; None for a line end, which stands in messages, too."""
    texts = [text for text in (before, after) if text]
    if any(len(text) < 2 for text in texts):
        return None
    undos = [beneath.added(text) for text in texts]

    def undo(sent: bytes, came: bytes) -> bytes:
        for one in undos:
            came = one(sent, came)
        return came

    return undo


def _line_at_end(case: Case, before: bytes, after: bytes) -> bool:
    """Whether a message gets its line end only when the client has ended: it is read by lines."""
    late = case.saw("messages")
    facts = late.facts if late is not None else {}
    unanswered = facts.get("first_bad") == 1 and facts.get("bad") == "nothing"
    waits = unanswered or when(case) is Answers.AFTER_NEWLINE
    return after in (b"\n", b"\r\n") and not before and waits


def by_lines(case: Case) -> Sign | None:
    """Messages without a line end are answered at the client's end only, with one."""
    hello = _hello(case)
    if hello is None or not hello.received.startswith(hello.sent):
        return None
    after = hello.received[len(hello.sent) :]
    if not _line_at_end(case, b"", after):
        return None
    said = "A message without a line end is answered when the client ends, and then has one."
    fitting = of_check(s for s in bad_sessions(case) if _has(s, b"", after))
    return Sign(fitting | of_long_lines(case), (said,), CERTAIN, long_line(case))


WIDTHS = (1, 2, 4, 8)
ORDERS: tuple[Literal["big", "little"], ...] = ("big", "little")


def lengths_of(size: int) -> list[bytes]:
    """How the length ``size`` may be written in bytes."""
    fitting = [width for width in WIDTHS if size < 1 << 8 * width]
    return [size.to_bytes(width, order) for width in fitting for order in ORDERS]


def _is_length(data: bytes, size: int) -> bool:
    return data in lengths_of(size)


def framed(case: Case, before: bytes) -> Sign | None:
    """Each answer begins with the length of its message."""
    width = len(before)
    bad = [s for s in bad_sessions(case) if s.messages and s.seen.surplus]
    single = [s for s in bad if is_small(s) and s.messages[0].size <= SURE_READ]
    single = [s for s in single if s.messages[0].awaited]
    fitting = [s for s in single if _is_length(s.received[:width], s.messages[0].size)]
    if len(of_check(fitting)) < 3 or len(fitting) < NEARLY_ALL * len(single):
        return None
    if len({s.messages[0].size for s in fitting}) < 3:
        return None
    checks = of_check(bad)
    return Sign(
        checks,
        (f"The first {width:,} bytes of {len(fitting)} answers are the length of the message.",),
        CERTAIN,
        f"each answer begins with the length of the message, in {width:,} bytes",
    )


def _per_message(case: Case, before: bytes, after: bytes) -> bool:
    """Whether a second message, or a message of another session, has the same around it."""
    if any(s.check_id in ALONE and not s.seen.sent for s in _unasked(case)):
        return False
    found = Counter(_has(s, before, after) for s in bad_sessions(case) if is_small(s))
    several = [s for s in bad_sessions(case) if is_small(s) and len(s.messages) > 1]
    again = [s for s in several if _has(s, before, after) and s.good <= s.messages[0].size]
    return found[True] > found[False] and len(again) * 2 >= len(several)


def _has(s: Session, before: bytes, after: bytes) -> bool:
    rest = s.seen.surplus
    if s.finding is None or not rest:
        return False
    if before:
        return s.good < len(before) and (before.startswith(rest[: len(before)]) or before in rest)
    return rest.startswith(after[:4]) or after[:8] in rest[:64]


def shown(data: bytes) -> str:
    """More of it than elsewhere, so that people know the words."""
    return literal(data, 40)


def constant(case: Case) -> Sign | None:
    """Whatever is sent, the same comes back."""
    wanted = (*PLAIN, "identity/nul-bytes", "identity/edge-whitespace")
    answers = [s.seen.surplus for s in bad_sessions(case) if s.check_id in wanted and s.good == 0]
    text = min(answers, key=len, default=b"")
    if len(answers) < 3 or len(text) < 2 or not all(a.startswith(text) for a in answers):
        return None
    if len(set(text)) == 1 and any(len(a) % len(text) for a in answers):
        return None  # a row of one byte whose length depends on the message
    hello = _hello(case)
    if hello is None or hello.sent in hello.seen.surplus or _unasked(case):
        return None
    fitting = [s for s in bad_sessions(case) if s.seen.surplus.startswith(text[:4])]
    return Sign(
        of_check(fitting),
        (f"{shown(text)} comes back for each of {len(answers)} messages, none like another.",),
        CERTAIN,
        f"{shown(text)} is sent in place of the data",
    )


SILENT = ("shutdown/idle-kept", "shutdown/not-early")


def keepalive(case: Case) -> Sign | None:
    """Something comes while the client is silent."""
    fitting = [
        s
        for s in bad_sessions(case)
        if s.finding is not None and s.finding.kind in MIXED and s.seen.surplus
    ]
    idle = [
        s
        for s in fitting
        if s.check_id in (*SILENT, "resilience/pause-resume")
        and (not s.messages or _all_answered(s))  # else it has come before an answer
    ]
    of_bytes = {s.check_id for s in fitting if s.check_id.startswith("identity/")}
    text = common(s.seen.surplus[:16] for s in idle)
    text = text or (idle[0].seen.surplus[:1] if idle else b"")
    if not idle or len(of_bytes) > 4 or text in idle[0].sent:
        return None
    return Sign(
        of_check(s for s in fitting if text[:1] in s.seen.surplus[:64]),
        (f"{shown(text)} comes while the client is silent.",),
        LIKELY,
    )


def _all_answered(s: Session) -> bool:
    """Whether what came too much stands behind a whole answer, as far as can be seen."""
    return any(0 <= s.good - m.end <= SLIDE for m in s.answered)


EXTRA = (
    "identity/*",
    "chunking/*",
    "shutdown/*",
    "partial-send/*",
    "resilience/*",
    "sessions/*",
    "fuzz/*",
)
RULES = (
    Rule("waits-for-newline", by_lines, strength=3, asks=BY_LINES),
    Rule("banner", banner, ALONE, EXTRA, 3),
    Rule("farewell", farewell, ALONE, EXTRA, 3),
    Rule("prefix-or-suffix", affix, PLAIN, EXTRA, 3),
    Rule("constant-answer", constant, PLAIN, EXTRA, 3),
    Rule("keepalive-bytes", keepalive, ("shutdown/idle-kept",), EXTRA, 2, asks=("idle",)),
)
