"""Shrinking: the smallest plan that still fails, found by a reducer that knows plans.

Hypothesis's shrinker was measured beside it (docs/performance.md): it works on the choices that
led to the plan, and needs several times the attempts, each of which costs a launch when it fails.
The reducer works on the plan itself, so that a case from a file shrinks as well.

It never loses the best plan so far, and stops when its budget is used up.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Protocol

from harness import plan as p
from harness.fuzzer import simplify, values
from harness.fuzzer.sound import sound
from harness.plan import Plan, encode

Fails = Callable[[Plan, bool], bool]


Pass = Callable[["Shrinker"], None]
LOOKS_BACK_AFTER = 4
"""Plans taken after which the last is looked at more closely, where luck might be at play."""


class Hold(Protocol):
    """Knows what has become of luck when the target is held still."""

    def steadied(self, plan: Plan) -> bool:
        """Whether ``plan``, which holds it still, fails each time: then all that follow shall."""

    def is_steady(self, plan: Plan) -> bool:
        """Whether ``plan``, one of those that follow, does."""


class Shrinker:
    """Greedy descent: whatever is simpler and still fails becomes the plan to go on with.

    ``fails``: performs a plan and says whether the bug shows; its second argument asks for more
    than one attempt, since leaving a step out may make a failure a matter of luck.
    ``may_go_on``: False ends it.  ``accused``: the script that showed the bug, if one did.
    ``hold``: the target may be held still to make a failure less a matter of luck.
    """

    def __init__(
        self,
        plan: Plan,
        fails: Fails,
        may_go_on: Callable[[], bool],
        accused: int | None = None,
        *,
        hold: Hold | None = None,
    ) -> None:
        self.best = plan
        self.hold = hold
        self.accused = accused
        self.path = [plan]
        """Every plan that failed, each simpler than the one before."""
        self.attempts = 0
        self.complete = False
        """The descent came to its end, nothing simpler is left to try."""
        self._fails = fails
        self._may_go_on = may_go_on
        self._tried = {_digest(plan)}
        self._steady: int | None = None
        """How many plans of the path were seen to be steady, once that matters."""
        self._may_let_go = False
        """Nothing smaller is left that holds the target still."""

    def run(self) -> Plan:
        """The simplest plan found."""
        try:
            for reduce in FIRST:
                self._reduce(reduce)
            while True:
                changed = [self._reduce(reduce) for reduce in PASSES]
                if not any(changed):
                    if self._steady is None or self._may_let_go:
                        self.complete = True
                        return self.best
                    self._may_let_go = True
        except _BudgetEnds:
            return self.best

    def _reduce(self, reduce: Pass) -> bool:
        """Whether ``reduce`` made a difference."""
        before = self.best
        try:
            reduce(self)
            self._look_back()
        except _WentBack:
            return True
        return self.best != before

    def take(self, candidate: Plan, *, careful: bool = True) -> bool:
        """Whether ``candidate`` fails too; then it is the best."""
        key = _digest(candidate)
        if key in self._tried or not sound(candidate) or self._lets_go_too_soon(candidate):
            return False
        if not self._may_go_on():
            raise _BudgetEnds
        self._tried.add(key)
        self.attempts += 1
        if not self._fails(candidate, careful):
            return False
        self.best = candidate
        self.path.append(candidate)
        if self._steady is not None and len(self.path) - self._steady > LOOKS_BACK_AFTER:
            self._look_back()
        return True

    def _lets_go_too_soon(self, candidate: Plan) -> bool:
        """A large plan may well fail each time without being held still, and no smaller one."""
        if self._steady is None or self._may_let_go:
            return False
        return simplify.pauses(candidate) < simplify.pauses(self.best)

    def is_held(self) -> None:
        """The best holds the target still: what comes after it shall fail each time, too."""
        if self.hold is not None and self.hold.steadied(self.best):
            self._steady = len(self.path)

    def _look_back(self) -> None:
        """Whether the best is still steady; if not, back to the last one that was."""
        if self._steady is None or self.hold is None or len(self.path) == self._steady:
            return
        if not self.hold.is_steady(self.best):
            del self.path[self._steady :]
            self.best = self.path[-1]
            raise _WentBack
        self._steady = len(self.path)

    def go_back(self, plan: Plan) -> None:
        """Prefer ``plan``, which failed before."""
        self.best = plan
        self.path.append(plan)

    def first_of(self, candidates: Iterator[Plan]) -> bool:
        """Take the first candidate that fails."""
        return any(self.take(candidate) for candidate in candidates)


def _digest(plan: Plan) -> bytes:
    return hashlib.sha1(encode(plan), usedforsecurity=False).digest()


class _BudgetEnds(Exception):
    pass


class _WentBack(Exception):
    """What a pass has in hand is not the best any more."""


# --- passes -------------------------------------------------------------------------------------


def _with_one_other(shrinker: Shrinker) -> None:
    """The accused alone, or with one other: passing attempts are cheap, so all are tried."""
    pairs: list[Plan] = []
    if shrinker.accused is not None and len(shrinker.best.scripts) > 2:
        pairs += simplify.pairs(shrinker.best, shrinker.accused)
    if not _hold(shrinker, pairs or [shrinker.best]):
        shrinker.first_of(iter(pairs))


def _held_still(shrinker: Shrinker) -> None:
    if not simplify.pauses(shrinker.best):
        _hold(shrinker, [shrinker.best])


def _hold(shrinker: Shrinker, plans: list[Plan]) -> bool:
    """Take the first of ``plans`` that fails while the target is paused, if it may be."""
    took = shrinker.hold is not None and any(
        shrinker.first_of(hold(plan))
        for plan in plans
        for hold in (simplify.held_in_turn, simplify.held_together)
    )
    if took:
        shrinker.is_held()
    return took


def _fewer_scripts(shrinker: Shrinker) -> None:
    shrinker.first_of(simplify.one_meeting(shrinker.best))
    chunk = len(shrinker.best.scripts) // 2
    while chunk:
        start = 0
        while start < len(shrinker.best.scripts):
            gone = range(start, min(start + chunk, len(shrinker.best.scripts)))
            if not shrinker.take(simplify.without_scripts(shrinker.best, gone)):
                start += chunk
        chunk //= 2


def _fewer_steps(shrinker: Shrinker) -> None:
    """The orderly end is spared at first: what shows there needs no patience and no second look."""
    for i in reversed(range(len(shrinker.best.scripts))):
        if spared := simplify.orderly_end(shrinker.best.scripts[i].steps):
            _fewer_of(shrinker, i, spared)
        _fewer_of(shrinker, i, 0)


def _fewer_of(shrinker: Shrinker, index: int, spared: int) -> None:
    """Leave out steps of one script, but for the last ``spared``."""
    scripts = len(shrinker.best.scripts)

    def left() -> int:
        if len(shrinker.best.scripts) < scripts:
            return 0  # without steps it went as a whole
        return max(0, len(shrinker.best.scripts[index].steps) - spared)

    chunk = max(1, left() // 2)
    while chunk:
        end = left()
        while end > 0:
            start = max(0, end - chunk)
            shrinker.take(simplify.without_steps(shrinker.best, index, range(start, end)))
            end = min(start, left())
        chunk //= 2


def _each(candidates_of: Callable[[Plan], Iterator[Plan]]) -> Callable[[Shrinker], None]:
    """A pass that takes candidates as long as there is one that fails."""

    def reduce(shrinker: Shrinker) -> None:
        while shrinker.first_of(candidates_of(shrinker.best)):
            pass

    return reduce


def _smaller_numbers(shrinker: Shrinker) -> None:
    """Sizes and counts, one by one: likely small ones first, then the least by halving."""

    def fails(where: values.Number, number: int) -> bool:
        return shrinker.take(where.put(shrinker.best, number), careful=number > 1024 * 1024)

    for where in values.numbers(shrinker.best):
        number, passing = where.value, where.least - 1
        for smaller in values.likely(where.least, number):
            if fails(where, smaller):
                number = smaller
                break
            passing = smaller
        while number - passing > values.grain(number):
            middle = (number + passing) // 2
            if fails(where, middle):
                number = middle
            else:
                passing = middle
        # The sizes that fail need not be all above some bound, so a last few are tried in turn.
        for smaller in values.last_steps(where.least, passing, number):
            if fails(where, smaller):
                break


def _plainer_bytes(shrinker: Shrinker) -> None:
    for at in values.sends(shrinker.best):
        payload = values.payload_at(shrinker.best, at)
        if shrinker.first_of(values.plain(shrinker.best, at)):
            continue
        if literal := values.as_literal(payload):
            _fewer_bytes(shrinker, at, literal)


def _fewer_bytes(shrinker: Shrinker, at: simplify.Place, value: bytes) -> None:
    """Cut bytes out of ``value`` and make the others plain; kept when few are left."""
    before = shrinker.best
    try:
        # The size is the least already, so the bytes that matter are likely the last.
        if shrinker.take(values.with_bytes(before, at, value[-values.LEGIBLE :])):
            value = value[-values.LEGIBLE :]
        for chunk in _halves(len(value)):
            value = _without_chunks(shrinker, at, value, chunk)
    finally:
        left = p.size_of(values.payload_at(shrinker.best, at))
        if left > values.LEGIBLE and shrinker.best != before and before in shrinker.path:
            shrinker.go_back(before)  # a seed says the same in fewer words


def _without_chunks(shrinker: Shrinker, at: simplify.Place, value: bytes, chunk: int) -> bytes:
    end = len(value)
    while end > 0:
        start = max(0, end - chunk)
        shorter = value[:start] + value[end:]
        plain = value[:start] + b"a" * (end - start) + value[end:]
        for candidate in (shorter, plain):
            changed = values.with_bytes(shrinker.best, at, candidate)
            if candidate != value and shrinker.take(changed, careful=False):
                value = candidate
                break
        end = start
    return value


def _halves(size: int) -> Iterator[int]:
    while size > 1:
        size = (size + 1) // 2
        yield size
    if size == 1:
        yield 1


FIRST: tuple[Pass, ...] = (
    _with_one_other,
    _fewer_scripts,
    _each(simplify.surer),
)
PASSES: tuple[Pass, ...] = (
    _fewer_scripts,
    _fewer_steps,
    _each(values.merged),
    _smaller_numbers,
    _each(values.calmer),
    _plainer_bytes,
    _each(values.tidier),
    _each(simplify.few),
    _held_still,
)
