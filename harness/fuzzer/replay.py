"""Performing a case again."""

from __future__ import annotations

from typing import TypeAlias

from harness.fuzzer.again import Replayed, must_prove, must_reach, replayed
from harness.fuzzer.attempts import Attempts, Seen
from harness.fuzzer.case import Case
from harness.launcher.fleet import Fleet
from harness.values.plan import AwaitExit, Terminate
from harness.values.verdict import Profile

ReplayResult: TypeAlias = Replayed[Case, Seen]


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
    must_prove(unsuited(case, promised))
    must_reach(fleet, case.plan, "pauses or measures")
    attempts = Attempts(fleet, promised, patience=patience, rate=rate)

    def attempt() -> Seen:
        seen = attempts.proved(case.plan)
        if not seen.turned_away:
            return seen
        limited, seen = seen, attempts.gently(seen, record=True)
        if not seen.findings:
            attempts.unable = attempts.unable or _limited(limited)
        return seen

    return replayed(case, attempts, repeat, attempt)


def _limited(seen: Seen) -> str:
    return (
        f"the target turned a client away after {seen.connections:,} connections, as one that "
        "limits them; set --rate"
    )
