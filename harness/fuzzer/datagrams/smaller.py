"""Simpler plans of datagrams: the candidates of the shrinker, and which are sound."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from harness.fuzzer.scripts import without
from harness.fuzzer.values import LEGIBLE, as_literal, resized
from harness.values import plan as p
from harness.values.datagrams import (
    Ask,
    AwaitAnswers,
    DatagramPlan,
    DatagramScript,
    Leave,
    Step,
    problems_of,
)
from harness.values.payload import Literal, Payload, Repeat, size_of

replace = msgspec.structs.replace
Place = tuple[int, int]
"""Script and step."""


def sound(plan: DatagramPlan) -> bool:
    """Whether a correct target answers all of ``plan``: nobody waits for one that is paused."""
    if problems_of(plan) or not any(script.connects for script in plan.scripts):
        return False
    paused = False
    for script in plan.scripts:
        for step in script.steps:
            if isinstance(step, p.PauseTarget | p.ResumeTarget):
                if paused is isinstance(step, p.PauseTarget):
                    return False
                paused = not paused
            elif paused and isinstance(step, AwaitAnswers | p.Wait):
                return False
        if paused:
            return False
    return True


def hasty(plan: DatagramPlan) -> int:
    """How many clients do not wait after a question: it is luck what they get."""
    return sum(not _asks_and_waits(script) for script in plan.scripts)


def _asks_and_waits(script: DatagramScript) -> bool:
    told = [step for step in script.steps if isinstance(step, Ask | AwaitAnswers)]
    return len(told) > 1 and isinstance(told[-1], AwaitAnswers)


def without_scripts(plan: DatagramPlan, gone: Iterable[int]) -> DatagramPlan:
    """``plan`` without some scripts."""
    return DatagramPlan(without(plan.scripts, gone))


def with_steps(plan: DatagramPlan, index: int, steps: tuple[Step, ...]) -> DatagramPlan:
    """``plan`` with other steps of one script; without steps it goes as a whole."""
    if not steps:
        return without_scripts(plan, {index})
    scripts = list(plan.scripts)
    scripts[index] = replace(scripts[index], steps=steps)
    return DatagramPlan(tuple(scripts))


def fewer_steps(plan: DatagramPlan, index: int) -> Iterator[DatagramPlan]:
    """Without one or two steps of one script, from its end."""
    steps = plan.scripts[index].steps
    for at in reversed(range(len(steps))):
        yield with_steps(plan, index, (*steps[:at], *steps[at + 1 :]))
    held = [k for k, s in enumerate(steps) if isinstance(s, p.PauseTarget | p.ResumeTarget)]
    if held:
        yield with_steps(plan, index, tuple(s for k, s in enumerate(steps) if k not in held))


def calmer(plan: DatagramPlan) -> Iterator[DatagramPlan]:
    """Everybody at once, shorter silences, who leaves stays."""
    if any(script.after for script in plan.scripts):
        yield DatagramPlan(tuple(replace(script, after=()) for script in plan.scripts))
    for i, script in enumerate(plan.scripts):
        for k, step in enumerate(script.steps):
            if isinstance(step, p.Wait) and step.seconds > 0.0005:
                yield _with_step(plan, (i, k), p.Wait(round(step.seconds / 4, 5)))
            if isinstance(step, Leave):
                yield _with_step(plan, (i, k), AwaitAnswers())


def asks(plan: DatagramPlan) -> list[Place]:
    """Where something is asked."""
    return [
        (i, k)
        for i, script in enumerate(plan.scripts)
        for k, step in enumerate(script.steps)
        if isinstance(step, Ask)
    ]


def payload_at(plan: DatagramPlan, at: Place) -> Payload:
    step = plan.scripts[at[0]].steps[at[1]]
    assert isinstance(step, Ask)
    return step.payload


def with_payload(plan: DatagramPlan, at: Place, payload: Payload) -> DatagramPlan:
    return _with_step(plan, at, Ask(payload))


def with_size(plan: DatagramPlan, at: Place, size: int) -> DatagramPlan:
    return with_payload(plan, at, resized(payload_at(plan, at), size))


def plainer(plan: DatagramPlan, at: Place) -> Iterator[DatagramPlan]:
    """The same number of bytes, all alike: then the values do not matter."""
    payload = payload_at(plan, at)
    size = size_of(payload)
    plain = Literal(b"a" * size) if size <= LEGIBLE else Repeat(b"a", size)
    if payload != plain:
        yield with_payload(plan, at, plain)


def fewer_bytes(plan: DatagramPlan, at: Place) -> Iterator[DatagramPlan]:
    """Without some of the bytes, or with plain ones in their place, from the end."""
    value = as_literal(payload_at(plan, at))
    if value is None or len(value) > 4 * LEGIBLE:
        return
    chunk = len(value)
    while chunk := chunk // 2:
        for start in reversed(range(0, len(value), chunk)):
            end = start + chunk
            for middle in (b"", b"a" * len(value[start:end])):
                other = value[:start] + middle + value[end:]
                if other and other != value:
                    yield with_payload(plan, at, Literal(other))


def _with_step(plan: DatagramPlan, at: Place, step: Step) -> DatagramPlan:
    steps = plan.scripts[at[0]].steps
    return with_steps(plan, at[0], (*steps[: at[1]], step, *steps[at[1] + 1 :]))
