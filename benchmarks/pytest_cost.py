"""What the pytest plugin costs: in a session that does not use it, and in one that does.

``python -m benchmarks.pytest_cost`` prints both, each as a difference, measured in turns: a session
with the plugin against the same with ``-p no:echo-harness``, and ``pytest --echo-target`` against
``echo-harness check`` on the reference.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS, RUNS = 15, 5
REFERENCE = f"{sys.executable} -m echo_ref"
PYTEST = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
QUIET = ["-p", "no:hypothesispytest"]
CHECK = [sys.executable, "-m", "harness", "check", "-q", "--", *REFERENCE.split()]


def seconds(command: list[str], folder: str) -> float:
    began = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return time.perf_counter() - began


def compare(one: list[str], other: list[str], rounds: int, folder: str) -> tuple[float, float]:
    """The least of both: what else the machine does only ever adds to it."""
    pairs = [(seconds(one, folder), seconds(other, folder)) for _ in range(rounds)]
    return min(a for a, _ in pairs), min(b for _, b in pairs)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "test_nothing.py").write_text("def test_nothing(): pass\n")
        plain = [*PYTEST, *QUIET]
        without, with_it = compare([*plain, "-p", "no:echo-harness"], plain, ROUNDS, folder)
        print(f"idle plugin: {1000 * (with_it - without):.1f} ms of {1000 * with_it:.0f} ms")
        asking = [*PYTEST, "--echo-target", REFERENCE, "-k", "echo-harness"]
        check, items = compare(CHECK, asking, RUNS, folder)
        print(
            f"echo-harness check {check:.2f} s, pytest --echo-target {items:.2f} s: "
            f"{items - check:+.2f} s"
        )


if __name__ == "__main__":
    main()
