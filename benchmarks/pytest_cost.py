"""What the pytest plugin costs: in a session that does not use it, and in one that does.

``python -m benchmarks.pytest_cost`` prints both, each as a difference, measured in turns: a session
with the plugin against the same with ``-p no:echo-harness``, and ``pytest --echo-target`` against
``echo-harness check`` on the reference.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

ROUNDS, RUNS = 15, 5
REFERENCE = f"{sys.executable} -m echo_ref"
PYTEST = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
QUIET = ["-p", "no:hypothesispytest"]
CHECK = [sys.executable, "-m", "harness", "check", "-q", "--", *REFERENCE.split()]


class Cost(NamedTuple):
    """Seconds on the clock, and of the processor."""

    wall: float
    cpu: float


def cost(command: list[str], folder: str) -> Cost:
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(time.perf_counter() - began, cpu)


def compare(one: list[str], other: list[str], rounds: int, folder: str) -> tuple[Cost, Cost]:
    """The least of both, taken in turns: what else the machine does only ever adds to it."""
    pairs = [(cost(one, folder), cost(other, folder)) for _ in range(rounds)]
    least = [
        Cost(min(c.wall for c in costs), min(c.cpu for c in costs))
        for costs in zip(*pairs, strict=True)
    ]
    return least[0], least[1]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "test_nothing.py").write_text("def test_nothing(): pass\n")
        plain = [*PYTEST, *QUIET]
        without, with_it = compare([*plain, "-p", "no:echo-harness"], plain, ROUNDS, folder)
        print(f"idle plugin: {1000 * (with_it.cpu - without.cpu):+.1f} ms of processor time")
        asking = [*PYTEST, "--echo-target", REFERENCE, "-k", "echo-harness"]
        check, items = compare(CHECK, asking, RUNS, folder)
        print(
            f"echo-harness check {check.wall:.2f} s, pytest --echo-target {items.wall:.2f} s: "
            f"{items.wall - check.wall:+.2f} s (processor {items.cpu - check.cpu:+.2f} s)"
        )


if __name__ == "__main__":
    main()
