"""From a failing plan of datagrams to a case: confirmed by repetition, shrunk, counted."""

from __future__ import annotations

import time
from collections.abc import Callable

from msgspec import Struct

from harness.errors import TargetProblem
from harness.fuzzer.case import Rate
from harness.fuzzer.datagrams.attempts import Attempts, Seen, alike
from harness.fuzzer.datagrams.shrink import Shrinker
from harness.fuzzer.datagrams.smaller import without_scripts
from harness.fuzzer.trying import liveness
from harness.values.datagrams import DatagramPlan
from harness.values.verdict import Kind

REPEATS, REPEATS_IN_HASTE = 10, 3
"""Attempts from which the rate of a failure is counted, with time and without."""
THOROUGH_FROM = 1.0
SHRINK_PATIENCE = 0.4
"""Seconds of patience while shrinking what is silent; the result is confirmed with the full one."""


class Confirmed(Struct, frozen=True):
    """A failure as it will be reported."""

    seen: Seen
    rate: Rate
    attempts: int
    """Plans tried while shrinking."""


class Examiner:
    """Examines one failure.  ``seconds``: the most that shrinking may take, asked for again and
    again."""

    def __init__(self, attempts: Attempts, seconds: Callable[[], float]) -> None:
        self.attempts = attempts
        self.seconds = seconds
        self.best: Seen | None = None
        """What is sure by now, as small as it is: for a run that is interrupted."""

    def examine(self, first: Seen, history: list[DatagramPlan]) -> Confirmed | None:
        """The smallest plan that shows it again; None when it does not, and took waiting to see.

        ``history``: what the same instance performed before.
        """
        kinds = alike(first.findings[0].kind)
        waits = liveness(first.findings)
        self.best = None if waits else first
        again = self._again(first, history, kinds, waits=waits)
        if again is None:
            # A wrong byte counts, even if it was seen only once.
            return None if waits else Confirmed(first, Rate(failed=1, of=2), 0)
        small, tried = self._shrunk(again, kinds, waits=waits)
        return self._counted(small, again, kinds, tried, waits=waits)

    def _again(
        self, first: Seen, history: list[DatagramPlan], kinds: frozenset[Kind], *, waits: bool
    ) -> Seen | None:
        patience = self.attempts.patience * (2 if waits else 1)
        for plan in (first.plan, *([one_after_another([*history, first.plan])] if history else [])):
            try:
                seen = self.attempts.freshly(plan, patience=patience)
            except TargetProblem:
                return None
            if seen.of(kinds):
                return seen
        return None

    def _shrunk(self, seen: Seen, kinds: frozenset[Kind], *, waits: bool) -> tuple[Seen, int]:
        self.best = seen
        patience = min(self.attempts.patience, SHRINK_PATIENCE) if waits else self.attempts.patience
        began = time.monotonic()

        def fails(plan: DatagramPlan) -> bool:
            found = self.attempts.shown(plan, kinds, patience)
            self.best = found or self.best
            return found is not None

        accused = next(f.session for f in seen.findings if f.kind in kinds)
        shrinker = Shrinker(
            seen.plan, fails, lambda: time.monotonic() < began + self.seconds(), accused
        )
        self.attempts.freshen()
        shrinker.run()
        return self.best, shrinker.attempts

    def _counted(
        self, small: Seen, whole: Seen, kinds: frozenset[Kind], tried: int, *, waits: bool
    ) -> Confirmed:
        """``small`` with how often it fails, or ``whole`` if that does not fail again."""
        patience = self.attempts.patience
        repeats = REPEATS if self.seconds() >= THOROUGH_FROM else REPEATS_IN_HASTE
        ends = time.monotonic() + max(1.0, patience if waits else 0.0)
        failed = of = 0
        best: Seen | None = None
        while of < repeats and (of < 1 or time.monotonic() < ends):
            try:
                seen = self.attempts.freshly(small.plan, patience=patience, record=best is None)
            except TargetProblem:
                break
            of += 1
            if seen.of(kinds):
                failed += 1
                best = best or seen
            elif not failed:
                return Confirmed(whole, Rate(failed=1, of=1), tried)
        if best is None:
            return Confirmed(whole, Rate(failed=1, of=1), tried)
        return Confirmed(best, Rate(failed=failed, of=of), tried)


def one_after_another(plans: list[DatagramPlan]) -> DatagramPlan:
    """``plans`` as one: each begins when all scripts of the one before have ended."""
    scripts = list(plans[0].scripts)
    for plan in plans[1:]:
        base = len(scripts)
        before = tuple(range(base))[-len(plan.scripts) :] if base else ()
        moved = without_scripts(plan, ())
        scripts += [
            type(script)(
                script.steps,
                tuple(base + i for i in script.after) or before,
                script.to,
                script.port,
                script.own,
            )
            for script in moved.scripts
        ]
    return DatagramPlan(tuple(scripts))
