"""Which constants of the target stand in a plan that was made as small as it goes.

What is left of such a plan is what the failure needs, so a number or a text in it that stands in
the target's source too is likely where the bug is.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.fuzzer.deck import LEAST, number_of
from harness.values import plan as p
from harness.values.datagrams import Ask, DatagramPlan
from harness.values.dictionary import Constant, Dictionary
from harness.values.plan import Literal, Plan, Send

MOST = 3
"""Constants that are told."""
MOST_LITERAL = 64
"""Bytes of a text in which every byte may matter."""
PLAIN = b"axyz"
"""Bytes that mean nothing in a plan."""


def decisive(plan: Plan | DatagramPlan, dictionary: Dictionary) -> tuple[str, ...]:
    """Sentences, the most telling first: ``4,242 stands in server.py, line 12``."""
    numbers, texts = set(_numbers(plan)), list(_texts(plan))
    open_ones = numbers - {constant.value for constant in dictionary.constants}
    told = [
        found
        for constant in dictionary.constants
        if (found := _as_number(constant, numbers, open_ones) or _as_text(constant, texts))
    ]
    return tuple(text for _, text in sorted(told, key=lambda pair: pair[0])[:MOST])


def _as_number(
    constant: Constant, numbers: set[int], open_ones: set[int]
) -> tuple[int, str] | None:
    """How telling it is that the constant is in the plan, and the words; or a number beside it.

    ``open_ones``: those of ``numbers`` that are no constants themselves.
    """
    value = number_of(constant)
    if value is None or value < LEAST:
        return None
    if value in numbers:
        return 0, f"{value:,} stands in {constant.where}"
    for near, beside in ((value + 1, "one more"), (value - 1, "one less")):
        if near in open_ones:
            return 1, f"{near:,} is {beside} than {value:,}, which stands in {constant.where}"
    return None


def _as_text(constant: Constant, texts: list[bytes]) -> tuple[int, str] | None:
    """The same for a text that is in one of ``texts``, or a byte that something is compared
    with."""
    value = constant.value
    if isinstance(value, bytes):
        plain = PLAIN if len(value) == 1 else PLAIN[:1]
        if value.strip(plain) and any(value in text for text in texts):
            return 0 if len(value) > 1 else 2, constant.told
        return None
    if not constant.compared or value > 255 or not bytes([value]).strip(PLAIN):
        return None
    if any(value in text for text in texts):
        return 2, f"the byte 0x{value:02X} stands in {constant.where}"
    return None


def _numbers(plan: Plan | DatagramPlan) -> Iterator[int]:
    """The sizes and the counts of ``plan``."""
    yield sum(script.connects for script in plan.scripts)
    for script in plan.scripts:
        sends = [step for step in script.steps if isinstance(step, Send | Ask)]
        sizes = [p.size_of(step.payload) for step in sends]
        yield from (*sizes, sum(sizes), len(sizes))
        for step, size in zip(sends, sizes, strict=True):
            if isinstance(step, Send) and step.cuts:
                yield from step.cuts
                yield -(-size * len(step.cuts) // max(1, sum(step.cuts)))


def _texts(plan: Plan | DatagramPlan) -> Iterator[bytes]:
    steps = (step for script in plan.scripts for step in script.steps)
    payloads = (step.payload for step in steps if isinstance(step, Send | Ask))
    for payload in payloads:
        if isinstance(payload, Literal) and len(payload.value) <= MOST_LITERAL:
            yield payload.value
