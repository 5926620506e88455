"""``python -m benchmarks.isolation``: what networks of their own do for servers with a fixed port.

Prints a table of medians: seconds of whole processes, seconds of CPU of all that they started, and
how often the server was launched.  What is compared takes turns in each round, since other work on
the machine slows everything alike; a ratio is the median of those of the rounds.

*Least* is what the launches alone take of all cores, going by what the same interpreter needs to
start, import socket and end.  Whoever launches the server so often cannot be faster.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from harness.system.free_ports import free_port

TESTS = Path(__file__).parents[1] / "tests"
TUTORIAL = TESTS / "good" / "oneshot_tutorial.py"
SEQUENTIAL = TESTS / "good" / "sequential_tutorial.py"
ROUNDS = 5
FUZZED = 400
"""Sessions of a one-shot server, of which each needs a launch."""
CORES = len(os.sched_getaffinity(0))
STARTS = 10
"""Interpreters that each core starts in a round."""


class Case(NamedTuple):
    """One thing to measure.  ``against``: the case that it is compared to."""

    name: str
    arguments: tuple[str, ...]
    goal: str = ""
    against: str = ""


class Seen(NamedTuple):
    """What one round showed of a case."""

    seconds: float
    cpu: float
    launches: int
    """0: of the reference nobody counts them."""
    told: str


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.isolation", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--only", default="", help="names that contain this")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        chosen = [case for case in cases(Path(folder)) if options.only in case.name]
        seen: dict[str, list[Seen]] = {case.name: [] for case in chosen}
        starts = []
        for _ in range(options.rounds):
            starts.append(start())
            for case in chosen:
                seen[case.name].append(measured(case, Path(folder)))
                print(f"{case.name}: {seen[case.name][-1]}", file=sys.stderr, flush=True)
    print("\n".join(table(chosen, seen, statistics.median(starts))))


def table(chosen: list[Case], seen: dict[str, list[Seen]], one: float) -> Iterator[str]:
    """The lines of the table.  ``one``: seconds of CPU that a start takes."""
    yield f"A start of the interpreter takes {1000 * one:.0f} ms of one of {CORES} cores."
    yield ""
    yield "| what | seconds | CPU | launches | least | ratio | goal | |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    for case in chosen:
        rounds, told = seen[case.name], seen[case.name][-1].told
        seconds = statistics.median(r.seconds for r in rounds)
        spent = statistics.median(r.cpu for r in rounds)
        launches = statistics.median(r.launches for r in rounds)
        counted = f"{launches:.0f} | {launches * one / CORES:.1f}" if launches else "|"
        ratio = compared(rounds, seen.get(case.against, []))
        words = f"{ratio} | {case.goal} | {told}"
        yield f"| {case.name} | {seconds:.2f} | {spent:.1f} | {counted} | {words} |"


def compared(rounds: list[Seen], others: list[Seen]) -> str:
    """How many times as long as the others they took, or nothing where there are none."""
    if not others:
        return ""
    pairs = zip(rounds, others, strict=True)
    return f"{statistics.median(ours.seconds / theirs.seconds for ours, theirs in pairs):.2f}"


def cases(folder: Path) -> list[Case]:
    lesson = server(changed(TUTORIAL, folder / "lesson.py"))
    sequential = server(changed(SEQUENTIAL, folder / "sequential.py"))
    broken = changed(TUTORIAL, folder / "broken.py", r"conn\.sendall\(data\)", BROKEN)
    offered = changed(
        SEQUENTIAL,
        folder / "offered.py",
        r"PORT = \d+",
        'PORT = int(__import__("os").environ["PORT"])',
    )
    never = ("--isolate", "never")
    fuzz = ("fuzz", "--sessions", str(FUZZED))
    return [
        Case("lesson, --isolate never", ("check", *never, *lesson)),
        Case("lesson, one-shot, fixed port", ("check", *lesson), "4 s", "lesson, --isolate never"),
        Case("broken, --isolate never", ("check", *never, *server(broken))),
        Case(
            "broken one-shot, fixed port",
            ("check", *server(broken)),
            "5 s",
            "broken, --isolate never",
        ),
        Case("sequential, $PORT", ("check", *server(offered))),
        Case("sequential, --isolate never", ("check", *never, *sequential)),
        Case("sequential, fixed port", ("check", *sequential), "ratio 1.3", "sequential, $PORT"),
        Case("reference", ("check",)),
        Case(
            "reference, --isolate always",
            ("check", "--isolate", "always"),
            "0.3 s more",
            "reference",
        ),
        Case(f"fuzz {FUZZED} one-shot, --isolate never", (*fuzz, *never, *lesson)),
        Case(
            f"fuzz {FUZZED} one-shot",
            (*fuzz, *lesson),
            "ratio 1/8",
            f"fuzz {FUZZED} one-shot, --isolate never",
        ),
    ]


BROKEN = "conn.send(data.strip())"
COUNTED = "with open({!r}, 'ab') as launches: launches.write(b'.')\n"
"""The first line of a copy."""


def changed(path: Path, copy: Path, pattern: str = "", by: str = "") -> Path:
    """A copy on a port that is free now, where nobody else's server of the same lesson is.

    Beside it is a file with a byte for each launch.
    """
    port = free_port("127.0.0.1", random.Random())
    text = re.sub(pattern, lambda _: by, path.read_text()) if pattern else path.read_text()
    text = re.sub(r"(?m)^PORT = \d+$", f"PORT = {port}", text)
    copy.write_text(COUNTED.format(str(copy.with_suffix(".launches"))) + text)
    return copy


def server(path: Path) -> tuple[str, ...]:
    return ("--", sys.executable, str(path))


def measured(case: Case, folder: Path) -> Seen:
    """One run of the harness."""
    report = folder / "report.json"
    words = [sys.executable, "-m", "harness", case.arguments[0], "--report", f"json={report}"]
    words += ["--corpus", str(folder / "corpus"), *case.arguments[1:]]
    launches = Path(case.arguments[-1]).with_suffix(".launches")
    launches.unlink(missing_ok=True)
    began, spent = time.perf_counter(), cpu()
    subprocess.run(words, stdout=subprocess.DEVNULL, check=False)
    took, spent = time.perf_counter() - began, cpu() - spent
    found: dict[str, Any] = json.loads(report.read_text())
    sessions = (found["fuzz"] or {}).get("sessions", 0)
    count = launches.stat().st_size if launches.exists() else 0
    return Seen(took, spent, count, f"{found['verdict']}, {sessions} sessions")


def cpu() -> float:
    """Seconds that all who were started and have ended have used."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def start() -> float:
    """Seconds of CPU for the start and the end of an interpreter, while each core has one."""
    spent = cpu()
    for _ in range(STARTS):
        words = [sys.executable, "-c", "import socket"]
        for process in [subprocess.Popen(words) for _ in range(CORES)]:
            process.wait()
    return (cpu() - spent) / STARTS / CORES


if __name__ == "__main__":
    main()
