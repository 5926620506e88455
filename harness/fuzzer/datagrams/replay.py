"""Performing a case of datagrams again."""

from __future__ import annotations

from msgspec import Struct

from harness.errors import UsageProblem
from harness.fuzzer.case import Rate
from harness.fuzzer.datagrams.attempts import Attempts, Seen, liveness
from harness.fuzzer.datagrams.case import DatagramCase
from harness.launcher.fleet import Fleet
from harness.values.verdict import Profile


class DatagramReplay(Struct, frozen=True):
    """What performing a case showed."""

    case: DatagramCase
    rate: Rate
    """How many of the attempts failed."""
    seen: Seen
    """The last attempt that failed, or the last of all."""
    unable: str | None = None
    """Why nothing can be concluded, if so."""

    @property
    def failed(self) -> bool:
        return self.rate.failed > 0


def unsuited(case: DatagramCase, profile: Profile) -> str | None:
    """Why a target that promises no more than ``profile`` need not pass; None if it must."""
    if case.profile is not profile and Profile.ONE_SHOT in (case.profile, profile):
        return f"it was found on a {case.profile} target, and this one is {profile}"
    return None


def replay(
    case: DatagramCase,
    fleet: Fleet,
    repeat: int = 1,
    *,
    profile: Profile | None = None,
    patience: float = 3.0,
    rate: float | None = None,
) -> DatagramReplay:
    """Perform ``case`` ``repeat`` times, each on a fresh target.

    Silence is tried once more with twice the patience, and counts when it shows again.
    Raises UsageProblem when the case proves nothing on this target, TargetProblem when the target
    cannot be launched.
    """
    promised = profile or case.profile
    if reason := unsuited(case, promised):
        raise UsageProblem(f"this case proves nothing here: {reason}.", "Check --profile.")
    if fleet.keeper is None and case.plan.needs_process:
        raise UsageProblem(
            "this case pauses the target, which needs its process.",
            "Give the command that launches it instead of --connect.",
        )
    attempts = Attempts(fleet, promised, patience=patience, rate=rate)
    failed = 0
    kept: Seen | None = None
    unable: str | None = None
    for _ in range(max(1, repeat)):
        seen = attempts.freshly(case.plan, record=True)
        if seen.findings and liveness(seen.findings):
            seen = attempts.freshly(case.plan, patience=2 * patience, record=True)
        failed += bool(seen.findings)
        unable = unable or seen.trace.unable
        if seen.findings or kept is None or not kept.findings:
            kept = seen
        if unable:
            break
    assert kept is not None
    if not failed and unable is None and kept.trace.slow is not None:
        unable = f"the target is slow: after {kept.trace.slow:.0f} s the rest was not waited for"
    return DatagramReplay(case, Rate(failed=failed, of=max(1, repeat)), kept, unable)
