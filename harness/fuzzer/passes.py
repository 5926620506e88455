"""The passes of the reducer: each tries what makes a plan simpler in one way.

The order matters: what leaves out most comes first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from harness import plan as p
from harness.fuzzer import simplify, values
from harness.plan import Plan

if TYPE_CHECKING:
    from harness.fuzzer.shrink import Shrinker

Pass = Callable[["Shrinker"], None]


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
