"""Cases of datagrams: a failing plan as a file, with a kind and a version of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from harness.fuzzer import case as cases
from harness.fuzzer.case import BaseCase
from harness.fuzzer.datagrams.smaller import sound
from harness.values import plan as p
from harness.values.datagrams import Ask, DatagramPlan, problems_of
from harness.values.payload import size_of

VERSION = 1
"""Grows when a field changes its meaning or goes away; new fields do not count."""
MOST_CLIENTS = 10_000
MOST_BYTES = 64 * 1024 * 1024
MOST_SECONDS = 10.0
"""As `harness.fuzzer.limits` has it for streams: a plan that pauses for longer proves nothing."""


class DatagramCase(BaseCase, frozen=True, kw_only=True):
    """A plan of datagrams that failed, with what it showed."""

    NAMED: ClassVar[str] = "CASE-udp"
    kind: Literal["datagrams"] = "datagrams"
    schema_version: Annotated[int, Meta(ge=1)] = VERSION
    plan: DatagramPlan


def loads(text: bytes, name: str) -> DatagramCase:
    """Read a case from ``text``; ``name`` is for messages.  Raises UsageProblem."""
    return cases.read(text, name, DatagramCase, unfit)


def load_any(path: Path, *, pipes: bool = True) -> cases.Case | DatagramCase:
    """Read a case of whatever kind.  Raises UsageProblem, with the place in the file."""
    return loads_any(*cases.text_of(path, pipes=pipes))


def loads_any(text: bytes, name: str) -> cases.Case | DatagramCase:
    """The same from ``text``; ``name`` is for messages.  Raises UsageProblem."""
    if cases.kind_of(text, name, max(VERSION, cases.CASE_VERSION)) == "datagrams":
        return loads(text, name)
    return cases.loads(text, name)


def unfit(plan: DatagramPlan) -> str | None:
    """Why ``plan`` is not performed, with the place in it; None for one that is."""
    if found := problems_of(plan):
        return found[0]
    if not any(script.connects for script in plan.scripts):
        return "scripts: nobody asks anything"
    steps = [step for script in plan.scripts for step in script.steps]
    asks = [step for step in steps if isinstance(step, Ask)]
    waits = sum(step.seconds for step in steps if isinstance(step, p.Wait | p.Watch))
    for number, what, most in (
        (len(plan.scripts), "has {} clients", MOST_CLIENTS),
        (sum(size_of(step.payload) for step in asks), "sends {} bytes in all", MOST_BYTES),
    ):
        if number > most:
            return f"scripts: it {what.format(number)}, and {most} are allowed"
    if waits > MOST_SECONDS:
        return f"scripts: it waits for {waits:.0f} s in all, and {MOST_SECONDS:.0f} are allowed"
    if any(isinstance(step, p.Meet) for step in steps):
        return "scripts: clients of datagrams meet in no case"
    if not sound(plan):
        return "scripts: somebody waits for a target that is paused"
    return None


def needs_of(plan: DatagramPlan) -> tuple[str, ...]:
    """What ``plan`` has that one short datagram has not, in words."""
    steps = [step for script in plan.scripts for step in script.steps]
    asks = [step for step in steps if isinstance(step, Ask)]
    clients = sum(script.connects for script in plan.scripts)
    largest = max((size_of(step.payload) for step in asks), default=0)
    found: list[str] = []
    if clients > 1:
        in_turn = all(script.after for script in plan.scripts[1:])
        found.append("clients in turn" if in_turn else "clients side by side")
    if len(asks) > clients:
        found.append("several datagrams")
    if any(type(step).__struct_config__.tag == "leave" for step in steps):
        found.append("a client that leaves")
    if any(isinstance(step, p.PauseTarget) for step in steps):
        found.append("datagrams that wait together")
    if any(isinstance(step, p.Wait) for step in steps):
        found.append("a silence")
    if any(_matters(step.payload) for step in asks):
        found.append("certain bytes")
    if largest >= 16:
        found.append(f"at least {1 << (largest.bit_length() - 1):,} bytes")
    return tuple(found)


def _matters(payload: p.Payload) -> bool:
    return isinstance(payload, p.Literal) and bool(payload.value.strip(b"a"))


def schema() -> bytes:
    """The JSON schema of a case file of datagrams."""
    return cases.schema_of(
        DatagramCase, f"A case of {cases.TOOL} about datagrams, version {VERSION}"
    )
