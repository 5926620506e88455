"""What the rules look at."""

from __future__ import annotations

from msgspec import Struct

from harness.plan import Plan
from harness.probe import Answers
from harness.trace import Trace
from harness.verdict import Finding, Kind, Profile

CERTAIN, LIKELY, POSSIBLE = "certain", "likely", "possible"


class Evidence(Struct, frozen=True):
    """All that is known about one failure."""

    check_id: str
    hint: str
    profile: Profile
    plan: Plan
    trace: Trace
    findings: tuple[Finding, ...]
    experiments: Answers = Answers.UNKNOWN

    @property
    def first(self) -> Finding:
        return self.findings[0]

    @property
    def kinds(self) -> set[Kind]:
        return {f.kind for f in self.findings}

    @property
    def expected(self) -> bytes:
        """The bytes that were expected from the first difference on."""
        return _from_difference(self.first, self.first.expected)

    @property
    def got(self) -> bytes:
        return _from_difference(self.first, self.first.got)


def _from_difference(finding: Finding, window: str | None) -> bytes:
    if window is None or finding.offset is None or finding.window_start is None:
        return b""
    return bytes.fromhex(window)[finding.offset - finding.window_start :]


def upper(text: str) -> str:
    """``text`` as a sentence begins."""
    return text[:1].upper() + text[1:]
