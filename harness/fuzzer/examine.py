"""From a failing plan of the search to a case: confirmed by repetition, shrunk, counted."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from msgspec import Struct

from harness.errors import TargetProblem
from harness.fuzzer import simplify
from harness.fuzzer.attempts import GENTLE_WITHIN, Attempts, Seen, alike
from harness.fuzzer.case import Rate
from harness.fuzzer.luck import TRIES, Luck
from harness.fuzzer.shrink import Shrinker
from harness.fuzzer.sound import sound
from harness.fuzzer.trying import liveness
from harness.values.plan import Meet, Plan, Script, Step
from harness.values.verdict import Kind, Profile

REPEATS = 10
"""Attempts from which the rate of a failure is counted."""
REPEATS_IN_HASTE = 3
"""The same when there is hardly time to shrink: each may cost a launch."""
NEARLY_ALWAYS = 0.85
MISSES = 2
"""Attempts without a failure, after which a plan does not count as failing nearly always."""
BACK = (1, 2, 3, 4, 6, 8, 12)
"""Which plans of the descent are counted, by their place from its end: 1 is the smallest plan."""
MORE_OF_ANOTHER = 3
"""Failures in a row that a variant with less luck must show."""
TRIES_OF_A_WAIT = 25
"""Attempts for a plan that hung: an attempt in which it does not hang costs next to nothing."""
THOROUGH_FROM = 1.0
"""With so many seconds for shrinking it is also tried whether a failure depends on luck."""
COUNT_PATIENCE = 1.0
"""Seconds of patience while counting how often a plan hangs, once it has with the full patience."""
SHRINK_PATIENCE = 0.4
"""Seconds of patience while shrinking what hangs; the result is confirmed with the full one."""


class Confirmed(Struct, frozen=True):
    """A failure as it will be reported."""

    seen: Seen
    rate: Rate
    attempts: int
    """Plans tried while shrinking."""
    complete: bool
    """Nothing simpler was left to try."""


class Examiner:
    """Examines one failure.

    ``seconds``: the most that shrinking may take, asked for again and again.
    """

    def __init__(
        self,
        attempts: Attempts,
        *,
        seconds: Callable[[], float],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.attempts = attempts
        self._seconds = seconds
        self.best: Seen | None = None
        """The smallest failure so far: what is left when somebody interrupts."""
        self.tried = 0
        """Attempts that did not show the failure again."""
        self._clock = clock

    @property
    def seconds(self) -> float:
        return self._seconds()

    @property
    def thorough(self) -> bool:
        return self.seconds >= THOROUGH_FROM

    def confirm(self, first: Seen, history: list[Plan]) -> Seen | None:
        """The smallest plan at hand that shows it again on a fresh target; None if none does.

        ``history``: the plans that the same instance has performed before.
        """
        self.attempts.repeats = True
        kinds = alike(first.findings[0].kind)
        waits = liveness(first.findings)
        patience = self.attempts.patience * (2 if waits else 1)
        ends = self._clock() + max(self.seconds, 3 * self.attempts.patience if waits else 0.0)
        unsure: Seen | None = None
        for candidate in _candidates(first, history):
            for variant in (*self._surer(candidate), candidate):
                last = variant is candidate
                for _ in range(self._tries(waits) if last else 1):
                    if self._clock() > ends:
                        break
                    seen = self._shown(variant, kinds, patience if last else None)
                    if seen is None:
                        continue
                    if waits or not self.thorough:
                        return seen
                    again = 1 if last else MORE_OF_ANOTHER
                    if self._sure(variant, kinds, patience if last else None, again):
                        return seen
                    unsure = unsure or seen
                if self._clock() > ends:
                    return unsure
            if unsure is not None:
                break
        return unsure

    def _surer(self, plan: Plan) -> Iterator[Plan]:
        """Variants of ``plan`` that may show the same with less luck."""
        if not self.thorough:
            return
        yield from simplify.surer(plan)
        if self.attempts.fleet.keeper is not None:
            yield from simplify.held(plan)

    def _tries(self, waits: bool) -> int:
        if waits:
            return TRIES_OF_A_WAIT
        return TRIES if self.thorough else 1

    def _shown(self, plan: Plan, kinds: frozenset[Kind], patience: float | None) -> Seen | None:
        """What ``plan`` shows on a fresh target, if it is of ``kinds``."""
        if not sound(plan):
            return None
        seen = self.attempts.shows(
            plan,
            kinds,
            patience or self.attempts.patience,
            fresh=True,
            within=min(self.seconds, GENTLE_WITHIN),
        )
        self.tried += seen is None
        return seen

    def _sure(self, plan: Plan, kinds: frozenset[Kind], patience: float | None, times: int) -> bool:
        """Whether ``plan`` fails so many more times: only then it replaces one that always
        fails."""
        return all(self._shown(plan, kinds, patience) is not None for _ in range(times))

    def shrink(self, seen: Seen) -> Confirmed:
        """Make ``seen`` small and count how often it fails."""
        kinds = alike(seen.findings[0].kind)
        waits = liveness(seen.findings)
        patience = self.attempts.patience
        hasty = min(patience, SHRINK_PATIENCE) if waits else patience
        self.best = seen
        accused = seen.of(kinds)[0].session
        luck = Luck(
            lambda plan, fresh: self.attempts.shows(plan, kinds, hasty, fresh=fresh),
            thorough=self.thorough,
        )
        luck.measure(seen.plan)
        began = self._clock()

        def fails(plan: Plan, careful: bool) -> bool:
            if plan.needs_concurrency and self.attempts.profile is not Profile.CONCURRENT:
                return False
            again = luck.fails(shrinker.best, plan, careful=careful)
            self.best = again or self.best
            return again is not None

        shrinker = Shrinker(
            seen.plan,
            fails,
            lambda: self._clock() < began + self.seconds,
            accused,
            hold=luck if self.attempts.fleet.keeper is not None else None,
        )
        shrinker.run()
        best, rate = self._counted(shrinker.path, seen, kinds, waits)
        return Confirmed(best, rate, shrinker.attempts, shrinker.complete)

    def _counted(
        self, path: list[Plan], first: Seen, kinds: frozenset[Kind], waits: bool
    ) -> tuple[Seen, Rate]:
        """The smallest plan on the way that fails nearly always, or the one that fails most."""
        patience = self.attempts.patience * (2 if waits else 1)
        seconds = min(1.5 * patience if waits else 2.0, self.seconds)
        ends = self._clock() + 2 * seconds
        counts: list[_Count] = []
        for back in BACK[: 2 if waits else None]:
            if back > len(path) or (counts and self._clock() > ends):
                break
            count = _Count(path[-back])
            counts.append(count)
            self._repeat(count, kinds, patience, seconds, MISSES, waits=waits)
            if count.share >= NEARLY_ALWAYS:
                break
        most = max(counts, key=lambda count: count.share)
        if most.best is None:
            return first, Rate(failed=1, of=1 + sum(count.done for count in counts))
        self._repeat(most, kinds, patience, seconds, REPEATS, waits=waits)
        return most.best, Rate(failed=most.failed, of=most.done)

    def _repeat(
        self,
        count: _Count,
        kinds: frozenset[Kind],
        patience: float,
        seconds: float,
        misses: int,
        *,
        waits: bool,
    ) -> None:
        """Perform the plan of ``count`` until it was done often enough, or missed so often."""
        ends = self._clock() + seconds
        repeats = REPEATS if self.thorough else REPEATS_IN_HASTE
        while count.done < repeats and (count.done < 1 or self._clock() < ends):
            if count.done - count.failed >= misses:
                break
            try:
                record = count.best is None
                if waits and not record:
                    patience = min(patience, COUNT_PATIENCE)
                seen = self.attempts.freshly(count.plan, patience=patience, record=record)
            except TargetProblem:
                break
            count.note(seen, kinds)


class _Count:
    """How often a plan failed."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.best: Seen | None = None
        self.failed = 0
        self.done = 0

    @property
    def share(self) -> float:
        return self.failed / max(1, self.done)

    def note(self, seen: Seen, kinds: frozenset[Kind]) -> None:
        self.done += 1
        if seen.of(kinds):
            self.failed += 1
            self.best = self.best or seen


def _candidates(first: Seen, history: list[Plan]) -> Iterator[Plan]:
    """What to try again: the session alone, its whole plan, everything since the launch."""
    accused = [f.session for f in first.findings if f.session is not None]
    for session in list(dict.fromkeys(accused))[:2]:
        alone = simplify.around(first.plan, session)
        if alone != first.plan:
            yield alone
    yield first.plan
    if history:
        yield one_after_another([*history, first.plan])


def one_after_another(plans: list[Plan]) -> Plan:
    """``plans`` as one: each begins when all scripts of the one before have ended.

    Each plan gets places to meet of its own: a script that waited for one of a later plan would
    wait for ever.
    """
    scripts: list[Script] = []
    before: tuple[int, ...] = ()
    for number, plan in enumerate(plans, 1):
        base = len(scripts)
        for script in plan.scripts:
            after = tuple(base + i for i in script.after) or before
            steps = tuple(_of_plan(number, step) for step in script.steps)
            scripts.append(Script(steps, after))
        before = tuple(range(base, len(scripts)))
    return Plan(tuple(scripts))


def _of_plan(number: int, step: Step) -> Step:
    return Meet(f"plan {number}, {step.place}") if isinstance(step, Meet) else step
