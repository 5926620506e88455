"""Which constants of the target stand in a plan that was made as small as it goes.

What is left of such a plan is what the failure needs, so a number or a text in it that stands in
the target's source too is likely where the bug is.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.fuzzer.deck import LEAST, number_of
from harness.values import plan as p
from harness.values.dictionary import Constant, Dictionary
from harness.values.plan import Literal, Plan, Send

MOST = 3
"""Constants that are told."""
MOST_LITERAL = 64
"""Bytes of a text in which every byte may matter."""
PLAIN = b"axyz"
"""Bytes that mean nothing in a plan."""


def decisive(plan: Plan, dictionary: Dictionary) -> tuple[str, ...]:
    """Sentences, the most telling first: ``4,242 stands in server.py, line 12``."""
    numbers, texts = set(_numbers(plan)), list(_texts(plan))
    told: list[tuple[int, str]] = []
    for constant in dictionary.constants:
        value = constant.value
        if isinstance(value, bytes):
            if any(value in text for text in texts) and value.strip(PLAIN):
                told.append((0 if len(value) > 1 else 2, _text(constant)))
            continue
        near = [n for n in (value, value + 1, value - 1) if n in numbers]
        if value >= LEAST and near:
            told.append((0 if near[0] == value else 1, _number(constant, value, near[0])))
        elif constant.compared and 0 < value < 256 and any(value in text for text in texts):
            if bytes([value]).strip(PLAIN):
                told.append((2, _text(constant)))
    return tuple(text for _, text in sorted(told, key=lambda pair: pair[0])[:MOST])


def _numbers(plan: Plan) -> Iterator[int]:
    """The sizes and the counts of ``plan``."""
    yield sum(script.connects for script in plan.scripts)
    for script in plan.scripts:
        sends = [step for step in script.steps if isinstance(step, Send)]
        sizes = [p.size_of(step.payload) for step in sends]
        yield from (*sizes, sum(sizes), len(sizes))
        for step, size in zip(sends, sizes, strict=True):
            if step.cuts:
                yield from step.cuts
                yield -(-size * len(step.cuts) // max(1, sum(step.cuts)))


def _texts(plan: Plan) -> Iterator[bytes]:
    for script in plan.scripts:
        for step in script.steps:
            if isinstance(step, Send) and isinstance(step.payload, Literal):
                if len(step.payload.value) <= MOST_LITERAL:
                    yield step.payload.value


def _number(constant: Constant, value: int, near: int) -> str:
    if near == value:
        return f"{value:,} stands in {constant.where}"
    beside = "one more" if near > value else "one less"
    return f"{near:,} is {beside} than {value:,}, which stands in {constant.where}"


def _text(constant: Constant) -> str:
    number = number_of(constant)
    if number is not None:
        return f"the byte 0x{number:02X} stands in {constant.where}"
    assert isinstance(constant.value, bytes)
    return f"{repr(constant.value)[1:]} stands in {constant.where}"
