"""Which transform foretells what came back, on every connection on which something was wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import OF_FUZZ
from harness.diagnosis.facts_stream import (
    Session,
    bad_sessions,
    good_sessions,
    surely_whole,
)
from harness.diagnosis.read_sizes import SURE_READ
from harness.diagnosis.transforms import Transform, pieces

LARGEST = 9000
"""Bytes that a session may send for its answers to be foretold."""
MANY = 48
"""Sessions that are enough to see it by, those of the checks about bytes first."""
SPLITS = (0, 1024, 4096, 2048, 512, 8192, 256, 128)
"""Sizes of the buffers that are tried; 0: a message is one read."""


class Match(Struct, frozen=True):
    """A transform that foretells answers."""

    transform: Transform
    checks: frozenset[str]
    shown: tuple[bytes, bytes]
    """A message, as short as there is one, and its answer; of long ones what differs."""


def matches_of(case: Case, transforms: Iterable[Transform]) -> list[Match]:
    """Those of ``transforms`` that foretell what came back somewhere, and change nothing where all
    came back."""
    bad = [s for s in bad_sessions(case) if is_small(s)]
    bytes_of = sum(s.check_id.startswith("identity/") for s in bad)
    fine = [Read.of(s) for s in good_sessions(case) if is_small(s)][:MANY]
    first = sorted(bad, key=lambda s: not s.check_id.startswith(("identity/", "fuzz/")))
    known = [Read.of(s) for s in first if goes_on(s)][:MANY]
    found = []
    for transform in transforms:
        fitting = [read.session for read in known if any(fits(r, transform) for r in read.ways)]
        if all(s.check_id == OF_FUZZ for s in fitting):
            continue
        if not any(s.good or s.seen.surplus for s in fitting):
            continue
        if bytes_of > 2 * sum(s.check_id.startswith("identity/") for s in fitting):
            continue
        if any(
            (transform.by_byte or read.plain) and _foretold(read, transform, 0) != read.sent
            for read in fine
        ):
            continue
        if any(all(_comes_too_early(r, transform) for r in read.ways) for read in known):
            continue
        if any(_change(transform, message) != message for message in surely_whole(case)):
            continue
        checks = {s.check_id for s in fitting} | _by_window(case, transform)
        if len(checks) > 1:
            checks |= {s.check_id for s in bad if s not in fitting and _near(s, transform)}
        found.append(Match(transform, frozenset(checks), _shown(fitting, transform)))
    return found


def _comes_too_early(read: Read, transform: Transform) -> bool:
    """Whether it would have changed something before the first difference."""
    if not (transform.by_byte or read.plain):
        return False
    good = read.sent[: read.session.good]
    sure = good.rstrip(good[-1:])  # which of several equal bytes was lost nobody knows
    try:
        return not transform.answers(read.messages).startswith(sure)
    except (UnicodeError, IndexError):
        return False


def is_small(s: Session) -> bool:
    """Whether what the session sent and got can be looked at byte by byte."""
    return 0 < s.seen.sent <= LARGEST and bool(s.messages and s.sent)


def goes_on(s: Session) -> bool:
    """Whether the connection was left to its client: what is done to bytes ends nothing."""
    return not s.closed_early or bool(s.seen.surplus)


def read_as(s: Session) -> list[bytes]:
    """The messages of a session, as far as they were sent."""
    sent = s.sent
    return [sent[m.start : m.end] for m in s.messages if m.start < len(sent)]


class Read(Struct, frozen=True):
    """A session as its server read it."""

    session: Session
    sent: bytes
    received: bytes
    messages: tuple[bytes, ...]
    one_by_one: bool

    @property
    def plain(self) -> bool:
        """Each message is one read, whatever the buffer."""
        return self.one_by_one and max(map(len, self.messages), default=0) <= SURE_READ

    @property
    def ways(self) -> tuple[Read, ...]:
        """It, and the same with those messages as one between which nothing came back: a server
        that was busy may have read them together."""
        parts = tuple(self._together())
        return (self,) if parts == self.messages else (self, replace(self, messages=parts))

    def _together(self) -> Iterator[bytes]:
        at, ends = 0, dict(self.session.bursts)
        for message in self.messages:
            if (start := at) in ends and ends[start] > start + len(message):
                yield self.sent[start : ends[start]]
            elif not any(begin <= start < end for begin, end in ends.items() if begin != start):
                yield message
            at += len(message)

    @staticmethod
    def of(s: Session) -> Read:
        """What ``s`` sent and got."""
        return Read(s, s.sent, s.received, tuple(read_as(s)), _one_by_one(s))


def fits(read: Read, transform: Transform) -> bool:
    """Whether ``transform`` foretells exactly what came."""
    if not transform.by_byte and not read.one_by_one:
        return False
    if _agrees(read, _foretold(read, transform, 0)):
        return True
    largest = max(map(len, read.messages), default=0)
    sizes = [size for size in SPLITS if 0 < size < largest and not transform.by_byte]
    return any(_agrees(read, _foretold(read, transform, size)) for size in sizes)


def _one_by_one(s: Session) -> bool:
    """Whether each read holds one message up to where it goes wrong."""
    where = s.at
    upto = where.end if where is not None else s.messages[-1].end
    return all(m.awaited for m in s.messages if m.start < upto) and s.seen.sent <= upto + LARGEST


def _foretold(read: Read, transform: Transform, size: int) -> bytes:
    messages = read.messages
    try:
        return transform.answers(pieces(messages, size) if size else messages)
    except (UnicodeError, IndexError):
        return b""


def _agrees(read: Read, foretold: bytes) -> bool:
    if read.received == foretold:
        return foretold != read.sent
    return len(read.received) > read.session.good and foretold.startswith(read.received)


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


def _near(s: Session, transform: Transform) -> bool:
    """Whether a plan of the fuzzer, whose reads are not known, goes wrong where ``transform``
    changes something."""
    if s.check_id != OF_FUZZ or not goes_on(s):
        return False
    at, sent = s.good, s.sent
    windows = {(max(0, at - before), at + after) for before in range(4) for after in (1, 2, 3)}
    return any(_change(transform, sent[a:b]) != sent[a:b] for a, b in windows)


def _change(transform: Transform, message: bytes) -> bytes:
    try:
        return transform.answers([message])
    except (UnicodeError, IndexError):
        return message


def _shown(fitting: Sequence[Session], transform: Transform) -> tuple[bytes, bytes]:
    changed = [
        (m, transform.answers([m]))
        for s in fitting
        for m in (*read_as(s), s.sent)
        if transform.answers([m]) != m
    ]
    return apart(*min(changed, key=lambda pair: len(pair[0]), default=(b"", b"")))


FIRST = 16
"""Bytes within which people have to see a difference: what is shown of a message ends soon."""
BEFORE = 4
"""Equal bytes that are left before a later one."""


def apart(message: bytes, answer: bytes) -> tuple[bytes, bytes]:
    """Both; from shortly before their first difference on, if that is far from their beginning.

    >>> apart(b"a" * 100 + b"xyz", b"a" * 100 + b"z")
    (b'aaaaxyz', b'aaaaz')
    """
    pairs = enumerate(zip(message, answer, strict=False))
    same = next((at for at, (a, b) in pairs if a != b), min(len(message), len(answer)))
    start = same - BEFORE if same > FIRST else 0
    return message[start:], answer[start:]
