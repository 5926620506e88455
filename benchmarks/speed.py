"""Sessions a second: the fuzzer, a test written by hand, and a bare loop, on the same server."""

from __future__ import annotations

import cProfile
import os
import pstats
import statistics
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from benchmarks import bare
from harness import fuzz
from harness.fuzz import FuzzSummary
from harness.target.fleet import Fleet
from harness.verdict import Profile
from tests.fuzz.targets import REFERENCE, correct, fleet_for

ROUNDS = 5


@dataclass(frozen=True)
class Measured:
    """Medians of the rounds, in sessions a second; ratios are medians of each round's."""

    name: str
    fuzz: float
    light: float
    handwritten: float
    bare: float
    over_handwritten: float
    over_bare: float
    light_over_bare: float


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
    """Five rounds; in each the three run one after another on the same instance."""
    rounds: list[tuple[float, float, float, float]] = []
    with fleet_for(command, profile) as fleet:
        for number in range(ROUNDS):
            fleet.refresh()
            rounds.append(
                (
                    fuzzed(fleet, profile, sessions, number),
                    fuzzed(fleet, profile, 120, number),
                    by_hand(fleet, 600),
                    looped(fleet, profile, sessions // 5),
                )
            )
    whole, light, hand, loop = (statistics.median(c) for c in zip(*rounds, strict=True))
    return Measured(
        name,
        fuzz=whole,
        light=light,
        handwritten=hand,
        bare=loop,
        over_handwritten=statistics.median(r[0] / r[2] for r in rounds),
        over_bare=statistics.median(r[0] / r[3] for r in rounds),
        light_over_bare=statistics.median(r[1] / r[3] for r in rounds),
    )


def fuzzed(fleet: Fleet, profile: Profile, sessions: int, seed: int) -> float:
    *_, summary = fuzz.run(fleet, profile, seed=seed, sessions=sessions, patience=20.0)
    assert isinstance(summary, FuzzSummary)
    assert summary.reason == "sessions", summary
    assert not summary.stats.failures, summary
    return summary.stats.sessions / summary.stats.duration_s


def looped(fleet: Fleet, profile: Profile, sessions: int) -> float:
    """The faster of one connection at a time and as many at once as the fuzzer has."""
    width = 3 if profile is Profile.SEQUENTIAL else 8
    address = fleet.address(fleet.current)
    return max(bare.sessions_a_second(address, sessions // 2, each) for each in (1, width))


def by_hand(fleet: Fleet, examples: int) -> float:
    """Sessions a second of the test's call, without the start of pytest."""
    host, port = fleet.address(fleet.current)
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
        (case,) = ET.parse(report).getroot().iter("testcase")
        return examples / float(case.attrib["time"])


AREAS = {
    "system calls": ("~",),
    "drawing plans": ("source.py", "payloads.py", "sessions.py", "scenes.py", "search.py"),
    "plans, payloads": ("plan.py",),
    "driver": ("loop.py", "client.py", "steps.py", "poller.py", "socket.py", "fleet.py"),
    "oracle": ("oracle.py", "alignment.py"),
}
CALLS = ("connect_ex", "send", "recv", "shutdown", "close", "poll", "register", "sockopt", "epoll")


def where_time_goes(command: list[str], profile: Profile, sessions: int) -> dict[str, float]:
    """Shares of the harness's own time, in percent, by area, from cProfile."""
    profiler = cProfile.Profile()
    with fleet_for(command, profile) as fleet:
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
