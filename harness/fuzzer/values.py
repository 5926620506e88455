"""Simpler plans with the same steps: smaller numbers, plainer bytes, less waiting."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from harness.fuzzer.simplify import Place, each_step, replace, with_step, with_steps
from harness.values import plan as p
from harness.values.plan import Literal, Payload, Plan, Random, Repeat, Send, Step

SHORT = 128 * 1024
"""Bytes; a random payload up to this size is looked through for the bytes that matter."""
LEGIBLE = 64
"""Bytes of a literal that a reader takes in at a glance."""


# --- numbers ------------------------------------------------------------------------------------


class Number(Struct, frozen=True):
    """A number in a plan that may be made smaller."""

    at: Place
    field: str
    value: int
    least: int

    def put(self, plan: Plan, value: int) -> Plan:
        """``plan`` with this number instead."""
        step: Any = plan.scripts[self.at[0]].steps[self.at[1]]
        if self.field == "payload":
            return with_step(plan, self.at, replace(step, payload=resized(step.payload, value)))
        return with_step(plan, self.at, replace(step, **{self.field: value}))


def numbers(plan: Plan) -> list[Number]:
    """All that there are, the sizes of payloads first."""
    found: list[Number] = []
    for at, step in each_step(plan):
        if isinstance(step, Send):
            found.append(Number(at, "payload", p.size_of(step.payload), 0))
    for at, step in each_step(plan):
        if isinstance(step, p.InterruptTarget):
            found.append(Number(at, "times", step.times, 1))
        elif isinstance(step, p.ReadSome):
            found.append(Number(at, "size", step.size, 1))
    return found


def likely(least: int, number: int) -> Iterator[int]:
    """Some numbers below ``number``, from the smallest."""
    yield from (n for n in LIKELY if least <= n < number)


LIKELY = (0, 1, 2, 8, 64, 512, 1024, 1025, 2048, 2049, 3072, 4096, 4097, 8192, 16384, 32768, 65536)


def grain(number: int) -> int:
    """How exactly the smallest failing number is looked for.  Where megabytes are needed, the
    kernel's buffers decide, and their size varies."""
    return 1 if number <= 1024 * 1024 else number // 64


def last_steps(least: int, passing: int, number: int) -> Iterator[int]:
    if grain(number) == 1:
        yield from range(max(least, number - 4), number)
    else:
        whole = 64 * 1024
        for multiple in range(passing // whole * whole + whole, number, whole):
            yield from (n for n in (multiple, multiple + 1) if passing < n < number)


def resized(payload: Payload, size: int) -> Payload:
    if isinstance(payload, Literal):
        return Literal(payload.value[:size])
    return replace(payload, size=size)


# --- the way of sending and reading -------------------------------------------------------------


def calmer(plan: Plan) -> Iterator[Plan]:
    """One step in a plainer way: fewer cuts, no gaps, no small window, less waiting."""
    for at, step in each_step(plan):
        for plainer in _calmer(step):
            if plainer != step:
                yield with_step(plan, at, plainer)
    for i, script in enumerate(plan.scripts):
        if script.after:
            yield _with_after(plan, i, ())
            if len(script.after) > 1:
                yield _with_after(plan, i, script.after[-1:])


def _with_after(plan: Plan, index: int, after: tuple[int, ...]) -> Plan:
    scripts = list(plan.scripts)
    scripts[index] = replace(scripts[index], after=after)
    return Plan(tuple(scripts))


def _calmer(step: Step) -> Iterator[Step]:
    match step:
        case p.Connect():
            yield p.Connect()
        case Send():
            yield replace(step, cuts=(), gap=0.0, lockstep=0.0)
            yield replace(step, gap=0.0)
            yield replace(step, lockstep=0.0)
            if len(step.cuts) > 1:
                yield replace(step, cuts=step.cuts[:1])
                yield replace(step, cuts=step.cuts[: len(step.cuts) // 2])
            if len(step.cuts) == 1:
                size = p.size_of(step.payload)
                sizes = {1, max(1, size // 2), max(1, size - 1)}
                if step.cuts[0] not in sizes:
                    yield from (replace(step, cuts=(n,)) for n in sorted(sizes))
            yield replace(step, background=False)
        case p.HalfClose():
            yield p.HalfClose()
        case p.StartReading():
            yield p.StartReading()
        case p.AwaitEcho():
            yield p.AwaitEcho(briefly=True)
        case p.Wait() if step.seconds > 0.0005:
            yield p.Wait(round(step.seconds / 4, 5))
        case _:
            return


# --- bytes --------------------------------------------------------------------------------------


def sends(plan: Plan) -> list[Place]:
    return [at for at, step in each_step(plan) if isinstance(step, Send)]


def payload_at(plan: Plan, at: Place) -> Payload:
    step = plan.scripts[at[0]].steps[at[1]]
    assert isinstance(step, Send)
    return step.payload


def with_payload(plan: Plan, at: Place, payload: Payload) -> Plan:
    step = plan.scripts[at[0]].steps[at[1]]
    assert isinstance(step, Send)
    return with_step(plan, at, replace(step, payload=payload))


def with_bytes(plan: Plan, at: Place, value: bytes) -> Plan:
    return with_payload(plan, at, Literal(value))


def plain(plan: Plan, at: Place) -> Iterator[Plan]:
    """The same number of bytes, all alike: then the values do not matter."""
    payload = payload_at(plan, at)
    size = p.size_of(payload)
    if size <= LEGIBLE:
        yield with_bytes(plan, at, b"a" * size)
    elif payload != Repeat(b"a", size):
        yield with_payload(plan, at, Repeat(b"a", size))


def as_literal(payload: Payload) -> bytes | None:
    """The bytes in which to look for those that matter; None when there are none, or too many."""
    size = p.size_of(payload)
    value = p.materialise(payload) if 0 < size <= SHORT else b""
    return value if value.strip(b"a") else None


# --- all of it ----------------------------------------------------------------------------------


def merged(plan: Plan) -> Iterator[Plan]:
    """Two messages sent as one."""
    for (i, k), step in each_step(plan):
        if not isinstance(step, Send):
            continue
        steps = plan.scripts[i].steps
        for later in range(k + 1, len(steps)):
            other = steps[later]
            if isinstance(other, Send):
                size = p.size_of(step.payload) + p.size_of(other.payload)
                one = replace(step, payload=Random(seed=1, size=size), cuts=())
                yield with_steps(plan, i, (*steps[:k], one, *steps[later + 1 :]))
                yield with_steps(
                    plan, i, (*steps[:k], *steps[k + 1 : later], one, *steps[later + 1 :])
                )
                break


def tidier(plan: Plan) -> Iterator[Plan]:
    """Small seeds, and places named by their order."""
    number = 0
    steps_of: list[tuple[Step, ...]] = []
    names: dict[str, str] = {}
    for script in plan.scripts:
        steps: list[Step] = []
        for step in script.steps:
            if isinstance(step, Send) and isinstance(step.payload, Random):
                number += 1
                step = replace(step, payload=replace(step.payload, seed=number))
            elif isinstance(step, p.Meet):
                step = p.Meet(names.setdefault(step.place, f"place {len(names) + 1}"))
            steps.append(step)
        steps_of.append(tuple(steps))
    tidy = Plan(tuple(replace(s, steps=t) for s, t in zip(plan.scripts, steps_of, strict=True)))
    if tidy != plan:
        yield tidy
