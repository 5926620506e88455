"""Performing a case again."""

from __future__ import annotations

from msgspec import Struct

from harness.errors import UsageProblem
from harness.fuzzer.attempts import Attempts, Seen, liveness
from harness.fuzzer.case import Case, Rate
from harness.target.fleet import Fleet
from harness.verdict import Profile


class ReplayResult(Struct, frozen=True):
    """What performing a case showed."""

    case: Case
    rate: Rate
    """How many of the attempts failed."""
    seen: Seen
    """The last attempt that failed, or the last of all."""
    unable: str | None = None
    """Why nothing can be concluded, if so."""

    @property
    def failed(self) -> bool:
        return self.rate.failed > 0


def replay(
    case: Case,
    fleet: Fleet,
    repeat: int = 1,
    *,
    profile: Profile | None = None,
    patience: float = 3.0,
    rate: float | None = None,
) -> ReplayResult:
    """Perform ``case`` ``repeat`` times, each on a fresh target.

    What only patience can tell is tried once more with twice as much, and counts when it shows
    again.  ``profile``: what the target promises, if not the same as in the case.
    Raises UsageProblem when the target's process is needed and is not ours, TargetProblem when
    the target cannot be launched.
    """
    if fleet.keeper is None and case.plan.needs_process:
        raise UsageProblem(
            "this case pauses or measures the target, which needs its process.",
            "Give the command that launches it instead of --connect.",
        )
    attempts = Attempts(fleet, profile or case.profile, patience=patience, rate=rate)
    attempts.fresh = False
    failed = 0
    kept: Seen | None = None
    for _ in range(max(1, repeat)):
        seen = attempts.freshly(case.plan, record=True)
        if seen.findings and liveness(seen.findings):
            seen = attempts.freshly(case.plan, patience=2 * patience, record=True)
        if seen.turned_away:
            limited, seen = seen, attempts.gently(seen, record=True)
            if not seen.findings:
                attempts.unable = attempts.unable or _limited(limited)
        failed += bool(seen.findings)
        if seen.findings or kept is None or not kept.findings:
            kept = seen
        if attempts.unable:
            break
    assert kept is not None
    unable = attempts.unable
    if not failed and unable is None and kept.trace.slow is not None:
        unable = f"the target is slow: after {kept.trace.slow:.0f} s the rest was not waited for"
    return ReplayResult(case, Rate(failed=failed, of=max(1, repeat)), kept, unable)


def _limited(seen: Seen) -> str:
    return (
        f"the target turned a client away after {seen.connections} connections, as one that limits "
        "them; set --rate"
    )
