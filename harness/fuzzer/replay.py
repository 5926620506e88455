"""Performing a case again."""

from __future__ import annotations

from msgspec import Struct

from harness.errors import UsageProblem
from harness.fuzzer.attempts import Attempts, Seen, liveness
from harness.fuzzer.case import Case, Rate
from harness.launcher.fleet import Fleet
from harness.values.plan import AwaitExit, Terminate
from harness.values.verdict import Profile


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


def unsuited(case: Case, profile: Profile) -> str | None:
    """Why a target that promises no more than ``profile`` need not pass ``case``; None if it must.

    The plans of one-shot targets wait for an exit, and no other plan lets each client end well.
    """
    if case.plan.needs_concurrency and profile is not Profile.CONCURRENT:
        return f"it needs a concurrent target, and this one is {profile}"
    steps = {type(step) for script in case.plan.scripts for step in script.steps}
    if AwaitExit in steps and Terminate not in steps and profile is not Profile.ONE_SHOT:
        return f"it waits until the target ends, and this one is {profile}"
    if case.profile is not profile and Profile.ONE_SHOT in (case.profile, profile):
        return f"it was found on a {case.profile} target, and this one is {profile}"
    return None


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

    A failure that only waiting shows is tried once more with twice the patience, and counts when it
    shows again.  ``profile``: what the target promises, if not the same as in the case.
    Raises UsageProblem when the case proves nothing on this target (see ``unsuited``), or when the
    target's process is needed and is not ours, TargetProblem when the target cannot be launched.
    """
    promised = profile or case.profile
    if reason := unsuited(case, promised):
        raise UsageProblem(f"this case proves nothing here: {reason}.", "Check --profile.")
    if fleet.keeper is None and case.plan.needs_process:
        raise UsageProblem(
            "this case pauses or measures the target, which needs its process.",
            "Give the command that launches it instead of --connect.",
        )
    attempts = Attempts(fleet, promised, patience=patience, rate=rate)
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
