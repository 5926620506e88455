"""docs/performance.md, made from what was measured."""

from __future__ import annotations

import os
import platform
import statistics

import hypothesis

from benchmarks.searches import Search, Shrunk
from benchmarks.speed import ROUNDS, Measured
from harness.fuzzer import Failure
from harness.fuzzer.triage import bytes_of
from tests.fuzzer.targets import KERNEL, Hunted

INTRO = """\
# Performance of the fuzzer

Written by `python -m benchmarks`; do not edit. All figures of a table come from one run on one
machine: {machine}.
What counts is the ratios, since absolute figures depend on the machine and on what else it does:
its load average was {load} when the page was written.
"""

SPEED = """\
Measured by themselves, and not on this page: how long a verdict takes, here and at another commit
(`python -m benchmarks.verdicts --against COMMIT`), and which broken servers the search finds
without the checks (`python -m benchmarks.alone`).

## Sessions a second

The fuzzer as `echo-harness fuzz` runs it, over {sessions} sessions: drawing, performing,
judging, floods and stalls included. *By hand* is `benchmarks/handwritten.py`: pytest,
Hypothesis, `st.binary()`, one session an example, without the start of pytest. The *bare loop*
(`benchmarks/bare.py`) is non-blocking sockets with one kind of session (one message, the end of
it, reading to the end), nothing generated and nothing judged: once with the messages that the
fuzzer sends, made beforehand, and once with 64 bytes in each; the better of one connection at a
time and as many as the fuzzer has open. Medians of {rounds} rounds, in which all take turns. CPU
time is of client and server together, µs a session; on a machine that is busy with other things
as well it is steadier than the clock.

| server | | fuzzer | by hand | bare loop | 64 bytes | fuzzer / by hand | / bare | / 64 bytes |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
"""

PROFILE = """\

Where the harness's own time goes on the sequential server (cProfile, which makes calls dearer
than they are):

| part | share |
| --- | --- |
"""

SEARCH = """\

## Why the search draws at random

Both draw from the same description (`harness/fuzzer/scenes.py`), on the same sequential server.

| search | drawing, µs a session | sessions a second, performed and judged |
| --- | --- | --- |
"""

WHY = """
Hypothesis spends more on drawing a session than a session takes, also when many share an
example, so the search draws with `random.Random`. Guidance by `hypothesis.target` was left out
for the same reason: what a server lets a client see (bytes in flight, stalls, time to the end)
is what the description already aims at, and each bug below is found within a few plans.

## Why the shrinker knows plans

The same bugs as predicates over plans, without a server. An attempt that fails costs a fresh
target: some 50 ms for a server in Python. Medians over seeds.

| bug | shrinker | attempts | of which failed | sessions left | bytes left |
| --- | --- | --- | --- | --- | --- |
"""

AFTER_SHRINK = """
The reducer needs fewer attempts, knows that sizes of seeded payloads can be cut, moves a
failure to the end of the connection (where no patience is needed to be sure), and shrinks a
case that came from a file, of which no choices are known. Hypothesis keeps its place in
`harness.strategies`, for users' own tests.

## Power

Sessions to the first failure, for {seeds} seeds, budget 2,000; without the contract's checks.
Then one run with shrinking: size before and after, how often the smallest plan failed, and the
seconds that confirming and shrinking took. Where a send has to stall, the kernel's buffers
decide how much is least.

| broken server | bug | found | median sessions | before | after | fails | s |
| --- | --- | --- | --- | --- | --- | --- | --- |
"""


class Page:
    """Collects the rows."""

    def __init__(self) -> None:
        self._speed: list[str] = []
        self._profile: list[str] = []
        self._searches: list[str] = []
        self._shrinkings: list[str] = []
        self._power: dict[str, str] = {}
        self._shrunk: dict[str, str] = {}
        self._seeds = 0
        self._good = ""
        self.sessions = 0

    def speed(self, measured: Measured, sessions: int) -> None:
        self.sessions = sessions
        m = measured
        for unit, i in (("sessions a second", 0), ("CPU, µs a session", 1)):
            self._speed.append(
                f"| {m.name if i == 0 else ''} | {unit} | {m.fuzz[i]:,.0f} | "
                f"{m.handwritten[i]:,.0f} | {m.bare[i]:,.0f} | {m.shortest[i]:,.0f} | "
                f"{m.over_handwritten[i]:.1f} | {m.over_bare[i]:.2f} | {m.over_shortest[i]:.2f} |"
            )

    def profile(self, shares: dict[str, float]) -> None:
        self._profile = [f"| {area} | {share:.0f} % |" for area, share in shares.items()]

    def searches(self, found: list[Search]) -> None:
        self._searches = [f"| {s.name} | {s.drawing:,.0f} | {s.rate:,.0f} |" for s in found]

    def shrinkings(self, found: list[Shrunk]) -> None:
        self._shrinkings = [
            f"| {s.bug} | {s.by} | {s.attempts:,.0f} | {s.failing:,.0f} | {s.sessions:.0f} | "
            f"{s.size:,.0f} |"
            for s in found
        ]

    def power(self, hunted: Hunted, sessions: list[int | None]) -> None:
        self._seeds = len(sessions)
        found = [each for each in sessions if each is not None]
        middle = f"{statistics.median(found):.0f}" if found else ""
        self._power[hunted.name] = (
            f"| `{hunted.name}` | {hunted.bug} | {len(found)} of {len(sessions)} | {middle} |"
        )

    def shrunk(self, hunted: Hunted, failure: Failure | None) -> None:
        if failure is None:
            self._shrunk[hunted.name] = " | | | |"
            return
        plan = failure.case.plan
        self._shrunk[hunted.name] = (
            f" {_size(*failure.shrunk_from)} | {_size(len(plan.scripts), bytes_of(plan))} | "
            f"{failure.case.rate} | {failure.seconds:.1f} |"
        )

    def good(self, result: tuple[int, int, list[str]]) -> None:
        servers, sessions, found = result
        said = "no finding" if not found else "; ".join(found)
        self._good = (
            f"\n## Restraint\n\n{servers} correct servers, {sessions:,} sessions: {said}.\n"
        )

    def text(self) -> str:
        """The whole page."""
        machine = (
            f"{os.cpu_count()} cores, {platform.system()} {platform.release().split('-')[0]}, "
            f"Python {platform.python_version()}, Hypothesis {hypothesis.__version__}"
        )
        power = [self._power[name] + self._shrunk[name] for name in self._power]
        load = f"{os.getloadavg()[0]:.1f}"
        parts = [
            INTRO.format(machine=machine, load=load),
            SPEED.format(sessions=f"{self.sessions:,}", rounds=ROUNDS) + "\n".join(self._speed),
            PROFILE + "\n".join(self._profile),
            SEARCH + "\n".join(self._searches),
            WHY + "\n".join(self._shrinkings),
            AFTER_SHRINK.format(seeds=self._seeds) + "\n".join(power) + "\n" + self._good,
        ]
        return "\n".join(parts)


def _size(sessions: int, size: int) -> str:
    least = size < KERNEL // 8
    shown = f"{size:,} bytes" if least else f"{size / 1024 / 1024:.1f} MiB"
    shown = "1 byte" if size == 1 else shown
    return f"{sessions} session{'s' * (sessions != 1)}, {shown}"
