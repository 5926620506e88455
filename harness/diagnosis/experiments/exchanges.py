"""From a trace to exchanges: what came back for each message.

Plans of experiments are performed to the end though bytes are wrong or missing (see ``persist`` in
`harness.driver.perform`), so that the timeline tells which bytes came after which message.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
from msgspec import Struct

from harness.diagnosis.experiments.values import ended_early
from harness.values.plan import Plan, Send, sent_by, size_of
from harness.values.trace import ScriptTrace, Trace

RIGHT, NOTHING, PART, MORE, CHANGED = "right", "nothing", "part", "more", "changed"


FEW = 8
"""Messages that are looked through for one that an answer belongs to."""


class Exchange(Struct, frozen=True):
    """One message and what came until the next was sent."""

    sent: bytes
    got: bytes
    offset: int
    """Bytes that were sent before it on the connection."""
    ended: bool = False
    """The target ended the connection before the next message."""
    late: bool = False
    """The answer came, but only after a later message."""

    @property
    def how(self) -> str:
        """``right``, or what is wrong: ``nothing`` came, a ``part`` (bytes are missing), ``more``
        (all of it, and something else), or it is ``changed``."""
        if self.got == self.sent:
            return RIGHT
        if not self.got:
            return NOTHING
        if self.sent in self.got:
            return MORE
        return PART if _is_within(self.got, self.sent) else CHANGED


def _is_within(part: bytes, whole: bytes) -> bool:
    """Whether ``part`` is ``whole`` without some bytes."""
    rest = iter(whole)
    return len(part) < len(whole) and all(byte in rest for byte in part)


def exchanges(plan: Plan, trace: Trace, script: int = 0) -> tuple[Exchange, ...]:
    """The exchanges of one connection, as far as the time was enough for them."""
    seen = trace.scripts[script]
    sizes = [size_of(step.payload) for step in plan.scripts[script].steps if isinstance(step, Send)]
    sent = sent_by(plan.scripts[script])
    received = sent[: seen.echoed] + seen.surplus
    found = list(_cut(sent, received, seen, sizes))
    if was_left(trace, script):
        del found[-1:]  # it was left while it waited for this answer
    if found and ended_early(seen):
        found[-1] = msgspec.structs.replace(found[-1], ended=True)
    return tuple(_late_ones_found(found))


def _cut(
    sent: bytes, received: bytes, seen: ScriptTrace, sizes: Sequence[int]
) -> Iterator[Exchange]:
    """Go through the timeline; what comes before the first message belongs to none."""
    begun, written, read, start = -1, 0, 0, 0
    ends: list[int] = []
    total = 0
    for size in sizes:
        total += size
        ends.append(total)
    for moment in seen.timeline:
        if moment.what == "sent":
            written += moment.size
            while begun + 1 < len(ends) and (begun < 0 or written > ends[begun]):
                if begun >= 0:
                    yield _exchange(sent, ends, begun, received[start:read])
                start = read
                begun += 1
        elif moment.what == "received":
            read += moment.size
    if begun >= 0:
        yield _exchange(sent, ends, begun, received[start:read])


def _exchange(sent: bytes, ends: Sequence[int], index: int, got: bytes) -> Exchange:
    offset = ends[index - 1] if index else 0
    return Exchange(sent=sent[offset : ends[index]], got=got, offset=offset)


def _late_ones_found(found: list[Exchange]) -> list[Exchange]:
    """Give answers that came after a later message back to the message that they answer."""
    owed: list[int] = []
    for i, one in enumerate(found):
        del owed[:-FEW]
        for k in range(len(owed)):
            missing = b"".join(_rest(found[j]) for j in owed[k:])
            if missing and one.got.startswith(missing) and one.got != one.sent:
                for j in owed[k:]:
                    found[j] = msgspec.structs.replace(found[j], got=found[j].sent, late=True)
                found[i] = one = msgspec.structs.replace(one, got=one.got[len(missing) :])
                owed = []
                break
        if one.got != one.sent and one.sent.startswith(one.got):
            owed.append(i)
    return found


def _rest(one: Exchange) -> bytes:
    return one.sent[len(one.got) :]


def agreeing(one: bytes, other: bytes) -> int:
    """Length of the longest common prefix."""
    short = min(len(one), len(other))
    if one[:short] == other[:short]:
        return short
    return next(at for at in range(short) if one[at] != other[at])


def was_left(trace: Trace, script: int) -> bool:
    """Whether the time was over before this script was."""
    finished = trace.scripts[script].finished
    return trace.slow is not None and (finished is None or finished >= trace.slow)
