"""``python -m benchmarks.isolation``: what networks of their own do for servers with a fixed port.

Prints a table of medians, seconds of whole processes.  What is compared takes turns in each round,
since other work on the machine slows everything alike.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

from harness.system.free_ports import free_port

TESTS = Path(__file__).parents[1] / "tests"
TUTORIAL = TESTS / "good" / "oneshot_tutorial.py"
SEQUENTIAL = TESTS / "good" / "sequential_tutorial.py"
ROUNDS = 5
FUZZED = 400
"""Sessions of a one-shot server, of which each needs a launch."""


class Case(NamedTuple):
    """One thing to measure."""

    name: str
    arguments: tuple[str, ...]
    goal: str = ""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.isolation", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--only", default="", help="names that contain this")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        chosen = [case for case in cases(Path(folder)) if options.only in case.name]
        seen: dict[str, list[tuple[float, str]]] = {case.name: [] for case in chosen}
        for _ in range(options.rounds):
            for case in chosen:
                seen[case.name].append(measured(case, Path(folder)))
                print(f"{case.name}: {seen[case.name][-1]}", file=sys.stderr, flush=True)
    print("| what | seconds | | goal |\n| --- | --- | --- | --- |")
    for case in chosen:
        seconds = statistics.median(took for took, _ in seen[case.name])
        print(f"| {case.name} | {seconds:.2f} | {seen[case.name][-1][1]} | {case.goal} |")


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
        Case("lesson, one-shot, fixed port", ("check", *lesson), "4"),
        Case("lesson, --isolate never", ("check", *never, *lesson)),
        Case("broken one-shot, fixed port", ("check", *server(broken)), "5"),
        Case("broken, --isolate never", ("check", *never, *server(broken))),
        Case("sequential, fixed port", ("check", *sequential), "1.3 of $PORT"),
        Case("sequential, --isolate never", ("check", *never, *sequential)),
        Case("sequential, $PORT", ("check", *server(offered))),
        Case("reference", ("check",), "as before"),
        Case("reference, --isolate always", ("check", "--isolate", "always"), "0.3 more"),
        Case(f"fuzz {FUZZED} one-shot", (*fuzz, *lesson), "1/8 of without"),
        Case(f"fuzz {FUZZED} one-shot, --isolate never", (*fuzz, *never, *lesson)),
    ]


BROKEN = "conn.send(data.strip())"


def changed(path: Path, copy: Path, pattern: str = "", by: str = "") -> Path:
    """A copy on a port that is free now, where nobody else's server of the same lesson is."""
    port = free_port("127.0.0.1", random.Random())
    text = re.sub(pattern, lambda _: by, path.read_text()) if pattern else path.read_text()
    copy.write_text(re.sub(r"(?m)^PORT = \d+$", f"PORT = {port}", text))
    return copy


def server(path: Path) -> tuple[str, ...]:
    return ("--", sys.executable, str(path))


def measured(case: Case, folder: Path) -> tuple[float, str]:
    """Seconds, and what came of it."""
    report = folder / "report.json"
    words = [sys.executable, "-m", "harness", case.arguments[0], "--report", f"json={report}"]
    words += ["--corpus", str(folder / "corpus"), *case.arguments[1:]]
    began = time.perf_counter()
    subprocess.run(words, stdout=subprocess.DEVNULL, check=False)
    took = time.perf_counter() - began
    found: dict[str, Any] = json.loads(report.read_text())
    sessions = (found["fuzz"] or {}).get("sessions", 0)
    return took, f"{found['verdict']}, {sessions} sessions"


if __name__ == "__main__":
    main()
