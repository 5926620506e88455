"""What the sessions of failed checks show of the stream: message by message, and where it breaks.

Pure functions of a case.  A message is what the server can read at once: a write whose answer is
awaited before the next, or writes that lie together in the receive buffer while it is stopped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import cycle

from msgspec import Struct

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import CUT, Evidence
from harness.values import plan as p
from harness.values.payload import materialise, size_of
from harness.values.plan import Script
from harness.values.trace import SURPLUS_KEPT, Ending, ScriptTrace
from harness.values.verdict import Finding, Kind

SMALL = 70_000
"""Bytes that a session may send in all for its content to be looked at: the largest of the checks
of ``identity``, and what a fuzzed plan sends, is far below."""
LARGE = 2**21
"""Bytes of a payload that is not made only to look at its first ones."""
MANY_MESSAGES = 2000
"""Writes of one payload that are looked at, at most."""
SEGMENT = 1460
"""Bytes that come together however they are sent: those of a segment on Ethernet (1,500) without
the headers of IP and TCP."""
END_KINDS = (*CUT, Kind.DIED)
"""What is seen first of a connection that the target has ended, itself or with its process."""


class Message(Struct, frozen=True):
    """One message of a session."""

    start: int
    """Bytes that were sent before it on the connection."""
    size: int
    exact: bool = False
    """All of it was there when the server read."""
    awaited: bool = True
    """Its answer was awaited before anything else was sent."""
    last: bool = False
    """The client ended its side with it."""
    cut: bool = False
    """It is one of many writes, which wait for one another only for a while."""

    @property
    def end(self) -> int:
        """Bytes that were sent with it."""
        return self.start + self.size


class Session(Struct, frozen=True):
    """One connection of a failed check, with the first thing that is wrong on it, if any."""

    check_id: str
    number: int
    script: Script
    seen: ScriptTrace
    messages: tuple[Message, ...]
    finding: Finding | None = None

    @property
    def good(self) -> int:
        """Bytes that came back right before the first difference."""
        return self.seen.echoed

    @property
    def at(self) -> Message | None:
        """The message in which the first difference is; None if all of them are right."""
        if self.finding is None:
            return None
        if self.finding.offset is None and self.finding.kind is not Kind.DIED:
            return None
        return next((m for m in self.messages if m.start <= self.good < m.end), None)

    @property
    def wrong_bytes(self) -> int:
        """Bytes that the first difference has; 0 where nobody knows, or where there is none."""
        return (self.finding.length or 0) if self.finding is not None else 0

    @property
    def answered(self) -> tuple[Message, ...]:
        """The messages that came back whole."""
        return tuple(m for m in self.messages if m.end <= self.good)

    def alone(self, message: Message) -> bool:
        """Whether a read began where ``message`` does, and found no other behind it."""
        if message.exact:
            return True
        if not message.awaited or message.size > SEGMENT:
            return False
        return not message.cut or (message.start, message.end) in self.bursts

    @property
    def bursts(self) -> set[tuple[int, int]]:
        """Begin and end of what was written without anything coming in between, from the last on,
        as the middle of a long timeline is left out."""
        found, written = set(), self.seen.sent
        for moment in reversed(self.seen.timeline):
            if moment.what == "sent":
                found.add((written - moment.size, written))
                written -= moment.size
        return found

    @property
    def closed_early(self) -> bool:
        """The target ended the connection before its client had."""
        return not self.seen.half_closed and self.seen.ending in (Ending.FIN, Ending.RST)

    @property
    def sent(self) -> bytes:
        """What it wrote; empty where that is more than `SMALL`."""
        return self.sent_up_to(SMALL)

    def sent_up_to(self, most: int) -> bytes:
        """What it wrote; empty where that is more than ``most`` bytes."""
        if self.seen.sent > most:
            return b""
        parts: list[bytes] = []
        for step in self.script.steps:
            if sum(map(len, parts)) >= self.seen.sent:
                break
            if isinstance(step, p.Send):
                if size_of(step.payload) > LARGE:
                    return b""
                parts.append(materialise(step.payload))
        return b"".join(parts)[: self.seen.sent]

    @property
    def received(self) -> bytes:
        """What came, for a session whose content may be looked at."""
        return self.sent[: self.good] + self.seen.surplus

    @property
    def whole(self) -> bool:
        """Whether `received` is all that came."""
        return len(self.seen.surplus) < SURPLUS_KEPT and bool(self.sent)


def messages_of(script: Script) -> tuple[Message, ...]:
    """What the server can read at once, in order."""
    return tuple(_writes(script))


def _writes(script: Script) -> Iterator[Message]:
    start, held = 0, False
    for place, step in enumerate(script.steps):
        if isinstance(step, p.PauseTarget):
            held = True
        elif isinstance(step, p.ResumeTarget):
            held = False
        if not isinstance(step, p.Send):
            continue
        size = size_of(step.payload)
        after = _after(script, place)
        if step.cuts and not held:
            yield from _pieces(start, size, step)
        else:
            last = isinstance(after, p.HalfClose)
            awaited = not isinstance(after, p.Send) and not step.background
            yield Message(start, size, held, awaited, last)
        start += size


def _after(script: Script, place: int) -> p.Step | None:
    """The next step that is not about the target's process."""
    rest = script.steps[place + 1 :]
    return next((s for s in rest if not isinstance(s, p.ResumeTarget | p.PauseTarget)), None)


def _pieces(start: int, size: int, step: p.Send) -> Iterator[Message]:
    """Writes that wait for their answers as long as ``lockstep`` allows."""
    end = start + size
    for number, cut in enumerate(cycle(step.cuts)):
        if start >= end or number > MANY_MESSAGES:
            break
        yield Message(start, min(cut, end - start), awaited=step.lockstep > 0, cut=True)
        start += cut


class Same:
    """A case as a key: itself, not what is in it."""

    def __init__(self, case: Case) -> None:
        self.case = case

    def __hash__(self) -> int:
        return id(self.case)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.case is self.case


def sessions(case: Case) -> tuple[Session, ...]:
    """The sessions of all failed checks that connected, in their order."""
    return _sessions(Same(case))


@lru_cache(maxsize=2)
def _sessions(key: Same) -> tuple[Session, ...]:
    return tuple(s for e in key.case.failures for s in _sessions_of(e))


def _sessions_of(e: Evidence) -> Iterator[Session]:
    first: dict[int, Finding] = {}
    for finding in e.findings:
        if finding.session is not None:
            first.setdefault(finding.session, finding)
    for number, (script, seen) in enumerate(zip(e.plan.scripts, e.trace.scripts, strict=False)):
        if script.connects and seen.ending is not Ending.NEVER:
            found = first.get(number)
            yield Session(e.check_id, number, script, seen, messages_of(script), found)


def bad_sessions(case: Case) -> tuple[Session, ...]:
    """Those on which something is wrong."""
    return tuple(s for s in sessions(case) if s.finding is not None)


def good_sessions(case: Case) -> tuple[Session, ...]:
    """Those on which everything that was sent came back, and nothing was found."""
    return tuple(
        s
        for s in sessions(case)
        if s.finding is None and s.good == s.seen.sent and not s.seen.surplus
    )


PLAIN_MESSAGES = {"identity/one-byte": b"x", "identity/hello": b"Hello, world"}
"""What a client sends alone in some checks."""


def surely_whole(case: Case) -> tuple[bytes, ...]:
    """Messages that came back whole in checks that passed, of which nothing else is known."""
    return tuple(m for check_id, m in PLAIN_MESSAGES.items() if check_id in case.passed)


WHOLE = {"chunking/exact-read-then-end": 65_536, "identity/every-byte-value": 256}
"""Bytes of the largest message of these checks that is all there when it is read."""


def came_elsewhere(case: Case) -> int:
    """Bytes of the largest message that surely came back whole in a check that passed."""
    return max((size for check_id, size in WHOLE.items() if check_id in case.passed), default=0)


def sizes_of_reads(case: Case) -> list[int]:
    """Bytes of the messages that came back whole, each of which was one read."""
    return [m.size for s in sessions(case) for m in s.answered if s.alone(m)]


def of_check(found: Iterable[Session]) -> frozenset[str]:
    """The checks of these sessions."""
    return frozenset(s.check_id for s in found)


def line_with(case: Case, pattern: re.Pattern[str]) -> tuple[str, frozenset[str]]:
    """The line of the target's output that ``pattern`` is in, and the checks with such a line."""
    lines = {e.check_id: line_of(e.output, pattern) for e in case.failures}
    told = {check_id: line for check_id, line in lines.items() if line}
    return next(iter(told.values()), ""), frozenset(told)


def line_of(output: str, pattern: re.Pattern[str]) -> str:
    """The end of the first line that ``pattern`` is in; empty if it is in none."""
    found = (line.strip()[-100:] for line in output.splitlines() if pattern.search(line))
    return next(found, "")


def kind_of(s: Session) -> Kind | None:
    """What is wrong on the session first; None if nothing is."""
    return s.finding.kind if s.finding else None


def listed(values: Iterable[object], most: int = 4) -> str:
    """Some of ``values`` for people."""
    shown = [f"{v:,}" if isinstance(v, int) else str(v) for v in values]
    if len(shown) > most:
        return f"{', '.join(shown[:most])} and {len(shown) - most} more"
    if len(shown) < 2:
        return "".join(shown)
    return f"{', '.join(shown[:-1])} and {shown[-1]}"


def literal(data: bytes, most: int = 24) -> str:
    """``data`` as a string in quotes, cut off where it has more than ``most`` bytes."""
    return repr(data[:most])[1:] + ("..." if len(data) > most else "")


def byte(value: int) -> str:
    """A byte value for people."""
    return f"0x{value:02X}"
