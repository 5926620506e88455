"""Performing a case of datagrams again."""

from __future__ import annotations

from typing import TypeAlias

from harness.fuzzer.again import Replayed, must_prove, must_reach, replayed
from harness.fuzzer.datagrams.attempts import Attempts, Seen
from harness.fuzzer.datagrams.case import DatagramCase
from harness.launcher.fleet import Fleet
from harness.values.verdict import Profile

DatagramReplay: TypeAlias = Replayed[DatagramCase, Seen]


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
    must_prove(unsuited(case, promised))
    must_reach(fleet, case.plan, "pauses")
    attempts = Attempts(fleet, promised, patience=patience, rate=rate)
    return replayed(case, attempts, repeat, lambda: attempts.proved(case.plan))
