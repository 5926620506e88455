"""Sessions a second: the fuzzer, a test written by hand, and a bare loop, on the same server."""

from __future__ import annotations

import cProfile
import os
import pstats
import statistics
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from benchmarks import bare
from harness import driver, fuzzer
from harness.fuzzer import Bounds, FuzzSummary, Task
from harness.fuzzer.run import terms_for
from harness.fuzzer.scenes import MOST_LANES
from harness.fuzzer.search import plans
from harness.launcher.fleet import Fleet
from harness.system import tree
from harness.values.plan import sent_by
from harness.values.verdict import Profile
from tests.fuzzer.targets import REFERENCE, correct, fleet_for

ROUNDS = 5


class Cost(NamedTuple):
    """What sessions took: how many a second, and CPU time in µs each, client and server together.

    On a machine that others use as well, CPU time is the steadier of the two.
    """

    rate: float
    cpu: float


@dataclass(frozen=True)
class Measured:
    """Medians of the rounds; ratios are medians of each round's."""

    name: str
    fuzz: Cost
    handwritten: Cost
    bare: Cost
    """The bare loop with the messages that the fuzzer sends."""
    shortest: Cost
    """The bare loop with 64 bytes a session."""
    over_handwritten: Cost
    """Greater is better in all: how much more a second, how much less CPU."""
    over_bare: Cost
    over_shortest: Cost


def servers() -> list[tuple[str, list[str], Profile]]:
    """The reference, one server in asyncio, one in C."""
    asyncio_command, concurrent = correct("asyncio_protocol")
    c_command, _ = correct("c_poll")
    return [
        ("sequential, Python (the reference)", REFERENCE, Profile.SEQUENTIAL),
        ("concurrent, asyncio", asyncio_command, concurrent),
        ("concurrent, C with poll()", c_command, concurrent),
    ]


def measure(name: str, command: list[str], profile: Profile, sessions: int) -> Measured:
    """Five rounds; in each all take turns on the same instance."""
    rounds: list[tuple[Cost, Cost, Cost, Cost]] = []
    short = [bare.SHORT] * (sessions // 5)
    with fleet_for(command, profile) as fleet:
        for number in range(ROUNDS):
            fleet.refresh()
            rounds.append(
                (
                    fuzzed(fleet, profile, sessions, number),
                    by_hand(fleet, 600),
                    looped(fleet, profile, messages(fleet, profile, sessions, number)),
                    looped(fleet, profile, short),
                )
            )
    return Measured(
        name,
        fuzz=_median(r[0] for r in rounds),
        handwritten=_median(r[1] for r in rounds),
        bare=_median(r[2] for r in rounds),
        shortest=_median(r[3] for r in rounds),
        over_handwritten=_median(_over(r[0], r[1]) for r in rounds),
        over_bare=_median(_over(r[0], r[2]) for r in rounds),
        over_shortest=_median(_over(r[0], r[3]) for r in rounds),
    )


def _over(one: Cost, other: Cost) -> Cost:
    return Cost(one.rate / other.rate, other.cpu / one.cpu)


def _median(costs: Iterable[Cost]) -> Cost:
    rates, cpus = zip(*costs, strict=True)
    return Cost(statistics.median(rates), statistics.median(cpus))


class Watch:
    """Time and CPU time from here on, of this process, its children and the target."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._began, self._cpu = time.perf_counter(), self._used()

    def _used(self) -> float:
        instance = self._fleet.current
        assert instance is not None
        return sum(os.times()[:4]) + tree.cpu_of(instance.members())

    def cost(self, sessions: int) -> Cost:
        seconds, cpu = time.perf_counter() - self._began, self._used() - self._cpu
        return Cost(sessions / seconds, 1e6 * cpu / sessions)


def fuzzed(fleet: Fleet, profile: Profile, sessions: int, seed: int) -> Cost:
    watch = Watch(fleet)
    task = Task(profile=profile, seed=seed, patience=20.0, bounds=Bounds(sessions))
    *_, summary = fuzzer.run(fleet, task)
    assert isinstance(summary, FuzzSummary)
    assert summary.reason == "sessions", summary
    assert not summary.stats.failures, summary
    return watch.cost(summary.stats.sessions)


def messages(fleet: Fleet, profile: Profile, sessions: int, seed: int) -> list[bytes]:
    """What the sessions of ``fuzzed`` send, one after another."""
    drawn = plans(seed, terms_for(fleet, profile), sessions)
    return [sent_by(script) for plan in drawn for script in plan.scripts]


def looped(fleet: Fleet, profile: Profile, sent: Sequence[bytes]) -> Cost:
    """The better of one connection at a time and as many at once as the fuzzer has."""
    address = fleet.address(fleet.current)
    costs: list[Cost] = []
    for width in (1, MOST_LANES[profile]):
        watch = Watch(fleet)
        bare.run(address, sent, width)
        costs.append(watch.cost(len(sent)))
    return Cost(max(cost.rate for cost in costs), min(cost.cpu for cost in costs))


def by_hand(fleet: Fleet, examples: int) -> Cost:
    """The test's call: the start of pytest is measured with one example, and taken off."""
    once = _pytest(fleet, 1)
    many = _pytest(fleet, examples)
    return Cost(examples / many[0], 1e6 * (many[1] - once[1]) / examples)


def _pytest(fleet: Fleet, examples: int) -> tuple[float, float]:
    """Seconds of the test's call, and CPU seconds of the whole."""
    host, port = fleet.address(fleet.current)
    watch = Watch(fleet)
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        words = ["-q", "-p", "no:cacheprovider", "-o", "addopts=", f"--junitxml={report}"]
        subprocess.run(
            [
                sys.executable,
                "-m",
                "pytest",
                *words,
                str(Path(__file__).with_name("handwritten.py")),
            ],
            env={
                **os.environ,
                "ECHO_ADDRESS": f"{host}:{port}",
                "ECHO_EXAMPLES": str(examples),
            },
            check=True,
            stdout=subprocess.DEVNULL,
        )
        cpu = watch.cost(1).cpu / 1e6
        (case,) = ET.parse(report).getroot().iter("testcase")
        return float(case.attrib["time"]), cpu


AREAS = {
    "system calls": ("~",),
    "drawing plans": ("source.py", "payloads.py", "sessions.py", "scenes.py", "search.py"),
    "plans, payloads": ("plan.py", "payload.py"),
    "driver": (
        *(path.name for path in Path(driver.__file__).parent.glob("[a-z]*.py")),
        *("backlog.py", "socket.py", "shared.py", "oneshot.py"),
    ),
    "oracle": ("oracle.py", "alignment.py"),
}
CALLS = ("connect_ex", "send", "recv", "shutdown", "close", "poll", "register", "sockopt", "epoll")


def where_time_goes(command: list[str], profile: Profile, sessions: int) -> dict[str, float]:
    """Shares of the harness's own time, in percent, by area, from cProfile."""
    profiler = cProfile.Profile()
    with fleet_for(command, profile) as fleet:
        fleet.refresh()
        profiler.runcall(fuzzed, fleet, profile, sessions, 1)
    shares: dict[str, float] = defaultdict(float)
    for (file, _, name), (_, _, own, _, _) in pstats.Stats(profiler).stats.items():  # type: ignore[attr-defined]
        shares[_area(Path(file).name, name)] += own
    total = sum(shares.values())
    return {area: 100 * own / total for area, own in sorted(shares.items(), key=lambda s: -s[1])}


def _area(file: str, name: str) -> str:
    if file == "~":
        return "system calls" if any(call in name for call in CALLS) else "other built-ins"
    return next((area for area, files in AREAS.items() if file in files), "the rest")
