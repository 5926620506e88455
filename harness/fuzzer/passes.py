"""The passes of the reducer: each makes a plan simpler in one way.

The order matters: the pass that leaves out most comes first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from harness.fuzzer import simplify, values
from harness.values import plan as p
from harness.values.plan import Plan


class Descent(Protocol):
    """What a pass may ask of the descent that it is part of; see ``harness.fuzzer.shrink``."""

    best: Plan
    path: list[Plan]
    accused: int | None

    @property
    def may_hold(self) -> bool:
        """Whether the target may be held still."""

    def take(self, candidate: Plan, *, careful: bool = True) -> bool: ...

    def first_of(self, candidates: Iterator[Plan]) -> bool: ...

    def is_held(self) -> None: ...

    def go_back(self, plan: Plan) -> None: ...


Pass = Callable[[Descent], None]


def _with_one_other(descent: Descent) -> None:
    """The accused alone, or with one other: passing attempts are cheap, so all are tried."""
    pairs: list[Plan] = []
    if descent.accused is not None and len(descent.best.scripts) > 2:
        pairs += simplify.pairs(descent.best, descent.accused)
    if not _hold(descent, pairs or [descent.best]):
        descent.first_of(iter(pairs))


def _held_still(descent: Descent) -> None:
    if not simplify.pauses(descent.best):
        _hold(descent, [descent.best])


def _hold(descent: Descent, plans: list[Plan]) -> bool:
    """Take the first of ``plans`` that fails while the target is paused, if it may be."""
    took = descent.may_hold and any(
        descent.first_of(hold(plan))
        for plan in plans
        for hold in (simplify.held_in_turn, simplify.held_together)
    )
    if took:
        descent.is_held()
    return took


def _fewer_scripts(descent: Descent) -> None:
    descent.first_of(simplify.one_meeting(descent.best))
    chunk = len(descent.best.scripts) // 2
    while chunk:
        start = 0
        while start < len(descent.best.scripts):
            gone = range(start, min(start + chunk, len(descent.best.scripts)))
            if not descent.take(simplify.without_scripts(descent.best, gone)):
                start += chunk
        chunk //= 2


def _fewer_steps(descent: Descent) -> None:
    """The orderly end is kept at first: what shows there needs no patience and no second try."""
    for i in reversed(range(len(descent.best.scripts))):
        if spared := simplify.orderly_end(descent.best.scripts[i].steps):
            _fewer_of(descent, i, spared)
        _fewer_of(descent, i, 0)


def _fewer_of(descent: Descent, index: int, spared: int) -> None:
    """Leave out steps of one script, but for the last ``spared``."""
    scripts = len(descent.best.scripts)

    def left() -> int:
        if len(descent.best.scripts) < scripts:
            return 0  # without steps it went as a whole
        return max(0, len(descent.best.scripts[index].steps) - spared)

    chunk = max(1, left() // 2)
    while chunk:
        end = left()
        while end > 0:
            start = max(0, end - chunk)
            descent.take(simplify.without_steps(descent.best, index, range(start, end)))
            end = min(start, left())
        chunk //= 2


def _each(candidates_of: Callable[[Plan], Iterator[Plan]]) -> Pass:
    """A pass that takes candidates as long as there is one that fails."""

    def reduce(descent: Descent) -> None:
        while descent.first_of(candidates_of(descent.best)):
            pass

    return reduce


def _smaller_numbers(descent: Descent) -> None:
    """Sizes and counts, one by one: likely small ones first, then the least by halving."""

    def fails(where: values.Number, number: int) -> bool:
        return descent.take(where.put(descent.best, number), careful=number > 1024 * 1024)

    for where in values.numbers(descent.best):
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


def _plainer_bytes(descent: Descent) -> None:
    for at in values.sends(descent.best):
        payload = values.payload_at(descent.best, at)
        if descent.first_of(values.plain(descent.best, at)):
            continue
        if literal := values.as_literal(payload):
            _fewer_bytes(descent, at, literal)


def _fewer_bytes(descent: Descent, at: simplify.Place, value: bytes) -> None:
    """Cut bytes out of ``value`` and make the others plain; kept when few are left."""
    before = descent.best
    try:
        # The size is the least already, so the bytes that matter are likely the last.
        if descent.take(values.with_bytes(before, at, value[-values.LEGIBLE :])):
            value = value[-values.LEGIBLE :]
        for chunk in _halves(len(value)):
            value = _without_chunks(descent, at, value, chunk)
    finally:
        left = p.size_of(values.payload_at(descent.best, at))
        if left > values.LEGIBLE and descent.best != before and before in descent.path:
            descent.go_back(before)  # a seed describes the same bytes in fewer words


def _without_chunks(descent: Descent, at: simplify.Place, value: bytes, chunk: int) -> bytes:
    end = len(value)
    while end > 0:
        start = max(0, end - chunk)
        shorter = value[:start] + value[end:]
        plain = value[:start] + b"a" * (end - start) + value[end:]
        for candidate in (shorter, plain):
            changed = values.with_bytes(descent.best, at, candidate)
            if candidate != value and descent.take(changed, careful=False):
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
