"""Telling bugs apart.

One bug shows in many plans.  After shrinking, what is left of the plan is what the bug needs: two
failures with the same kind of breach, the same needs and the same ending are one bug.
"""

from __future__ import annotations

from msgspec import Struct

from harness.fuzzer.attempts import BYTES
from harness.values import plan as p
from harness.values.plan import Plan, Send
from harness.values.verdict import Finding

TWINS = 4
"""Shrunk failures that were known bugs; after so many, a failure of a known kind is not shrunk."""


class Bug(Struct, frozen=True):
    """What tells one bug from another."""

    breach: str
    """The kind of finding; all that is about bytes counts as one kind."""
    decides: tuple[str, ...]
    ending: str


class Known:
    """The bugs of one search, as they looked in the plan that was drawn, and as what is left of it.

    What it says depends on nothing but the order in which failures are told to it.
    """

    def __init__(self) -> None:
        self._raw: set[Bug] = set()
        self._bugs: set[Bug] = set()
        self._kinds: set[tuple[str, str]] = set()
        self._twins = 0

    def looks_known(self, raw: Bug) -> bool:
        """Whether a failure that looks so is worth no work."""
        return raw in self._raw or self.is_common(raw)

    def is_unseen(self, raw: Bug) -> bool:
        """Whether no failure looked like this."""
        return raw not in self._raw

    def is_common(self, raw: Bug) -> bool:
        """Whether so many failures of this kind were known bugs that no more are shrunk."""
        return self._twins >= TWINS and (raw.breach, raw.ending) in self._kinds

    def saw(self, raw: Bug) -> None:
        """A failure that looks so is being looked into."""
        self._raw.add(raw)

    def forget(self, raw: Bug) -> None:
        """It was none."""
        self._raw.discard(raw)

    def shrunk(self, bug: Bug) -> None:
        """This one is known."""
        self._bugs.add(bug)
        self._kinds.add((bug.breach, bug.ending))

    def is_new(self, raw: Bug, bug: Bug) -> bool:
        """Whether what looked like ``raw``, and is ``bug``, is known from now on only."""
        self._kinds.add((raw.breach, raw.ending))
        new = bug not in self._bugs
        self._twins += not new
        self.shrunk(bug)
        return new


def bug_of(plan: Plan, finding: Finding) -> Bug:
    breach = "bytes" if finding.kind in BYTES else str(finding.kind)
    return Bug(breach=breach, decides=needs_of(plan), ending=finding.ending or "")


def needs_of(plan: Plan) -> tuple[str, ...]:
    """What ``plan`` has that a plain exchange of a few letters has not, in words."""
    steps = [step for script in plan.scripts for step in script.steps]
    sessions = sum(script.connects for script in plan.scripts)
    sends = [step for step in steps if isinstance(step, Send)]
    size = sum(p.size_of(step.payload) for step in sends)
    most = max((sum(isinstance(s, Send) for s in c.steps) for c in plan.scripts), default=0)
    found: list[str] = []
    if sessions > 1:
        found.append("sessions in turn" if _in_turn(plan) else "sessions side by side")
    if any(isinstance(step, p.AwaitStall | p.StopReading) for step in steps):
        found.append("a reader that stops")
    if any(isinstance(step, p.PauseTarget) for step in steps):
        found.append("data waiting when it is read")
    if any(isinstance(step, p.InterruptTarget) for step in steps):
        found.append("an interrupted call")
    if any(isinstance(step, p.Reset) for step in steps):
        found.append("a reset")
    if any(isinstance(step, p.Close) for step in steps):
        found.append("a close")
    if any(isinstance(step, p.Connect) and step.receive_buffer for step in steps):
        found.append("a small window")
    if most > 1 or any(step.cuts for step in sends):
        found.append("several writes")
    if any(isinstance(step, p.Wait) or (isinstance(step, Send) and step.gap) for step in steps):
        found.append("a silence")
    if _bytes_matter(sends):
        found.append("certain bytes")
    if size >= 16:
        found.append(_size_class(max(p.size_of(step.payload) for step in sends)))
    return tuple(found)


def _in_turn(plan: Plan) -> bool:
    return all(script.after for script in plan.scripts[1:])


def _bytes_matter(sends: list[Send]) -> bool:
    return any(isinstance(s.payload, p.Literal) and s.payload.value.strip(b"a") for s in sends)


def _size_class(largest: int) -> str:
    if largest % 1024 == 0 and largest:
        return "a multiple of 1,024 bytes"
    return f"at least {1 << (largest.bit_length() - 1):,} bytes"
