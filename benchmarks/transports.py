"""Fuzz sessions over TCP, over a Unix socket and by datagrams, on the reference, in one run."""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

from benchmarks.speed import ROUNDS, Cost, Watch
from harness import fuzzer
from harness.fuzzer import Bounds, FuzzSummary, Task
from harness.fuzzer.datagrams import run as datagrams
from harness.launcher.fleet import Fleet
from harness.values.verdict import Profile
from tests.fuzzer.targets import REFERENCE, fleet_for

WAYS = {
    "TCP": (),
    "Unix socket": ("--unix", "{path}"),
    "UDP": ("--udp",),
}
"""What makes the reference listen there."""

HEADING = "## Over other transports"
TEXT = f"""\
{HEADING}

The same search over TCP and over a Unix socket, and that of datagrams, each on the reference:
{{sessions}} sessions a round (of datagrams: clients), medians of {{rounds}} rounds in which all
take turns. A ratio above 1 means more sessions than over TCP, or less CPU for each. The load
average was {{load}}; the higher it is, the less the clock says. CPU time is of client and server
together.

| transport | sessions a second | CPU, µs a session | / TCP, sessions | / TCP, CPU |
| --- | --- | --- | --- | --- |
"""


@dataclass(frozen=True)
class Speed:
    """Medians over the rounds; ratios are medians of each round's."""

    name: str
    cost: Cost
    over_tcp: Cost
    """Greater is better in both: how much more a second, how much less CPU."""


def measure(sessions: int) -> list[Speed]:
    """Each way, in turns."""
    with ExitStack() as stack:
        fleets = {
            name: stack.enter_context(fleet_for([*REFERENCE, *words], Profile.SEQUENTIAL))
            for name, words in WAYS.items()
        }
        rounds = [
            {name: searched(name, fleet, sessions, seed) for name, fleet in fleets.items()}
            for seed in range(ROUNDS)
        ]
    return [Speed(name, *_medians(name, rounds)) for name in WAYS]


def _medians(name: str, rounds: list[dict[str, Cost]]) -> Iterator[Cost]:
    costs = [each[name] for each in rounds]
    yield _median(costs)
    yield _median([Cost(r[name].rate / r["TCP"].rate, r["TCP"].cpu / r[name].cpu) for r in rounds])


def _median(costs: list[Cost]) -> Cost:
    return Cost(*(statistics.median(values) for values in zip(*costs, strict=True)))


def searched(name: str, fleet: Fleet, sessions: int, seed: int) -> Cost:
    """What one search took; it must find nothing."""
    fleet.refresh()
    watch = Watch(fleet)
    task = Task(
        profile=Profile.SEQUENTIAL, seed=seed, patience=20.0, bounds=Bounds(sessions=sessions)
    )
    search = datagrams.run if name == "UDP" else fuzzer.run
    *_, summary = search(fleet, task)
    assert isinstance(summary, FuzzSummary)
    assert not summary.stats.failures, summary
    return watch.cost(summary.stats.sessions)


def section(found: list[Speed], sessions: int, load: float) -> str:
    """The part of docs/performance.md."""
    rows = [
        f"| {s.name} | {s.cost.rate:,.0f} | {s.cost.cpu:,.0f} | {s.over_tcp.rate:.2f} | "
        f"{s.over_tcp.cpu:.2f} |"
        for s in found
    ]
    text = TEXT.format(sessions=f"{sessions:,}", rounds=ROUNDS, load=f"{load:.1f}")
    return text + "\n".join(rows) + "\n"


def put_into(page: str, part: str) -> str:
    """``page`` with ``part`` in the place of the one that it has, or before the second heading."""
    without = re.sub(rf"{HEADING}\n.*?(?=\n## |\Z)\n?", "", page, flags=re.DOTALL)
    at = [found.start() for found in re.finditer(r"^## ", without, flags=re.MULTILINE)][1]
    return f"{without[:at]}{part}\n{without[at:]}"
