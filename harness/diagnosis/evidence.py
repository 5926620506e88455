"""What the rules look at."""

from __future__ import annotations

import enum

from msgspec import Struct

from harness.values.datagrams import ClientTrace, DatagramPlan, DatagramTrace, asked_by
from harness.values.plan import Plan, Step, sent_by
from harness.values.trace import Moment, ScriptTrace, Trace
from harness.values.verdict import Finding, Kind, Profile

OF_CHECKERS, OF_ERRORS = "resources/checkers", "resources/unhandled-errors"
"""The checks that judge what checkers and languages report of the target."""
OF_FUZZ = "fuzz/plans"
"""The check whose plans are drawn: its payloads may repeat themselves, and what one read of them
holds nobody knows."""
OF_CAPACITY = "sessions/capacity"
"""The check that finds out how many clients are served at once: that there is an end is no bug."""
CERTAIN, LIKELY, POSSIBLE = "certain", "likely", "possible"


OTHER_BYTES = (
    *(Kind.CHANGED, Kind.LOST, Kind.EXTRA, Kind.DUPLICATED, Kind.REORDERED),
    Kind.FOREIGN,
)
"""Findings that say: what came is not what was sent."""
MISSING = frozenset({Kind.LOST, Kind.TRUNCATED, Kind.NO_ECHO})
"""Findings that say: bytes did not come that were sent."""
CLOSED = (Kind.EARLY_CLOSE, Kind.RESET)
"""Findings that say: the target ended a connection when or how it should not."""
CUT = (*CLOSED, Kind.TRUNCATED)
"""The same, or it ended the connection after its client and kept a part back."""


class Answers(enum.StrEnum):
    """When the target answers a first message that has no newline."""

    AT_ONCE = "at once"
    AFTER_NEWLINE = "after a newline"
    AFTER_MORE = "after more data"
    AFTER_END = "after the end"
    NEVER = "never"
    UNKNOWN = "unknown"


class Evidence(Struct, frozen=True):
    """All that is known about one failure."""

    check_id: str
    hint: str
    profile: Profile
    plan: Plan
    trace: Trace
    findings: tuple[Finding, ...]
    experiments: Answers = Answers.UNKNOWN
    output: str = ""
    """What the target wrote last."""

    @property
    def first(self) -> Finding:
        """What was found first."""
        return self.findings[0]

    @property
    def kinds(self) -> set[Kind]:
        """The kinds of all that was found."""
        return {f.kind for f in self.findings}

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps of the session of the first finding."""
        if self.first.session is None:
            return ()
        return self.plan.scripts[self.first.session].steps

    @property
    def sent(self) -> bytes:
        """What the session of the first finding wrote."""
        if self.first.session is None:
            return b""
        return sent_by(self.plan.scripts[self.first.session])[: self.first.sent]

    @property
    def seen(self) -> ScriptTrace | None:
        """What the client of that session saw; None if the finding is about no session."""
        return None if self.first.session is None else self.trace.scripts[self.first.session]

    @property
    def moments(self) -> tuple[Moment, ...]:
        """The timeline of that session."""
        return () if self.seen is None else self.seen.timeline

    @property
    def was_urged(self) -> bool:
        """Whether our side of it was ended to see the rest come."""
        return any("our side is ended" in m.what for m in self.moments)

    @property
    def died(self) -> bool:
        """Whether an instance ended that nobody had asked to."""
        return any(not death.asked for death in self.trace.deaths)

    @property
    def expected(self) -> bytes:
        """The bytes that were expected from the first difference on."""
        return _from_difference(self.first, self.first.expected)

    @property
    def got(self) -> bytes:
        """The bytes that came instead."""
        return _from_difference(self.first, self.first.got)


class DatagramEvidence(Struct, frozen=True):
    """The same about a failure of a server of datagrams."""

    check_id: str
    hint: str
    profile: Profile
    plan: DatagramPlan
    trace: DatagramTrace
    findings: tuple[Finding, ...]
    output: str = ""
    """What the target wrote last."""

    @property
    def first(self) -> Finding:
        """What was found first."""
        return self.findings[0]

    @property
    def kinds(self) -> set[Kind]:
        """The kinds of all that was found."""
        return {f.kind for f in self.findings}

    @property
    def client(self) -> ClientTrace | None:
        """What the client of the first finding saw."""
        return None if self.first.session is None else self.trace.scripts[self.first.session]

    @property
    def asked(self) -> list[bytes]:
        """What that client meant to ask."""
        if self.first.session is None:
            return []
        return asked_by(self.plan.scripts[self.first.session])


AnyEvidence = Evidence | DatagramEvidence


def _from_difference(finding: Finding, window: str | None) -> bytes:
    if window is None or finding.offset is None or finding.window_start is None:
        return b""
    return bytes.fromhex(window)[finding.offset - finding.window_start :]
