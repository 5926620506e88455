"""Performing a case again, of streams or of datagrams: what both share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from msgspec import Struct

from harness.errors import UsageProblem
from harness.fuzzer.case import BaseCase, Rate
from harness.fuzzer.trying import BaseAttempts, SeenT
from harness.launcher.fleet import Fleet

CaseT = TypeVar("CaseT", bound=BaseCase)


class Replayed(Struct, Generic[CaseT, SeenT], frozen=True):
    """What performing a case showed."""

    case: CaseT
    rate: Rate
    """How many of the attempts failed."""
    seen: SeenT
    """The last attempt that failed, or the last of all."""
    unable: str | None = None
    """Why nothing can be concluded, if so."""

    @property
    def failed(self) -> bool:
        return self.rate.failed > 0


def must_prove(reason: str | None) -> None:
    """Raise UsageProblem where a case proves nothing on a target: ``reason`` says why."""
    if reason:
        raise UsageProblem(f"this case proves nothing here: {reason}.", "Check --profile.")


def must_reach(fleet: Fleet, plan: Any, what: str) -> None:
    """Raise UsageProblem where ``plan`` needs the target's process for ``what``, and has it not."""
    if fleet.keeper is None and plan.needs_process:
        raise UsageProblem(
            f"this case {what} the target, which needs its process.",
            "Give the command that launches it instead of --connect.",
        )


def replayed(
    case: CaseT, attempts: BaseAttempts[Any, SeenT], repeat: int, attempt: Callable[[], SeenT]
) -> Replayed[CaseT, SeenT]:
    """``case`` with what ``attempt``, which performs it, showed in ``repeat`` times.

    An attempt that says nothing (``attempts.unable``) is the last one.
    """
    attempts.fresh = False
    failed = 0
    kept: SeenT | None = None
    for _ in range(max(1, repeat)):
        seen = attempt()
        failed += bool(seen.findings)
        if seen.findings or kept is None or not kept.findings:
            kept = seen
        if attempts.unable:
            break
    assert kept is not None
    unable = attempts.unable
    if not failed and unable is None and kept.trace.slow is not None:
        unable = f"the target is slow: after {kept.trace.slow:.0f} s the rest was not waited for"
    return Replayed(case, Rate(failed=failed, of=max(1, repeat)), kept, unable)
