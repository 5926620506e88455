"""What a course takes: ``python -m benchmarks.course [NUMBER [WORKERS]]``.

Copies of the correct and the broken servers of the tests, two and three fifths, are judged in one
run as a teacher would have it, with every kind of report.  The figures are for docs/scale.md.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psutil

from harness.system import tree

TESTS = Path(__file__).resolve().parents[1] / "tests"
KINDS = (".py", ".js", ".c")
REPORTS = ("all.json", "all.csv", "all.html", "all.tap", "all.ctrf", "pages/")
MIB = 1 << 20


class Weight(NamedTuple):
    """The most memory that was in use, in bytes."""

    ours: int = 0
    """By the process that asks."""
    all_of_it: int = 0
    """By all processes; pages that several share count once for each."""


def main() -> None:
    """Judge, and print the figures and what was unexpected."""
    number, workers = (int(word) for word in [*sys.argv[1:], "200", "2"][:2])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        servers = dict(submitted(folder, number))
        began = time.monotonic()
        weight, code = judged(folder, workers)
        seconds = time.monotonic() - began
        print(f"{number} servers, {workers} workers: {seconds:.0f} s, exit code {code}")
        print(f"memory: {weight.ours // MIB} MiB, all {weight.all_of_it // MIB} MiB")
        for report in REPORTS:
            print(f"{report}: {sum(size_of(folder / report)) / 1000:,.0f} kB")
        tell(json.loads((folder / "all.json").read_text()), servers)


def submitted(folder: Path, number: int) -> Iterator[tuple[str, Path]]:
    """Copy so many servers into ``folder``: the name of each submission, and what it is."""
    good, broken = (
        [
            path
            for path in sorted((TESTS / kind).iterdir())
            if path.suffix in KINDS and path.stem != "__init__"
        ]
        for kind in ("good", "zoo")
    )
    for count in range(number):
        of = good if count % 5 < 2 else broken
        path = of[(count * len(of) // number + count) % len(of)]
        to = folder / "submissions" / f"s{count:03}"
        to.mkdir(parents=True)
        shutil.copy(path, to / f"server{path.suffix}")
        yield to.name, path


def judged(folder: Path, workers: int) -> tuple[Weight, int]:
    """Judge them all; what that took, and the exit code."""
    words = [sys.executable, "-m", "harness", "compare", "submissions/*/*"]
    words += ["--workers", str(workers), "--corpus", "cases"]
    for report in REPORTS:
        words += ["--report", f"{Path(report).suffix[1:] or 'html'}={report}"]
    most = Weight()
    with subprocess.Popen(words, cwd=folder, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            sizes = {pid: resident(pid) for pid in tree.family(process.pid)}
            ours, everybody = sizes.get(process.pid, 0), sum(sizes.values())
            most = Weight(max(most.ours, ours), max(most.all_of_it, everybody))
            time.sleep(1.0)
    return most, process.returncode


def resident(pid: int) -> int:
    """Resident bytes of a process; 0 when it is gone."""
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0


def size_of(path: Path) -> Iterator[int]:
    """Bytes of a file, or of each in a folder."""
    for file in path.iterdir() if path.is_dir() else [path]:
        yield file.stat().st_size


def tell(comparison: Any, servers: dict[str, Path]) -> None:
    """How many of each verdict there were, how long they took, and who was a surprise."""
    reports = {report["target"]["name"]: report for report in comparison["targets"]}
    verdicts = Counter((servers[n].parent.name, r["verdict"]) for n, r in reports.items())
    print(", ".join(f"{kind} {what}: {n}" for (kind, what), n in sorted(verdicts.items())))
    times = sorted(report["duration_s"] for report in reports.values())
    print(f"one server: {times[len(times) // 2]:.0f} s the median, {times[-1]:.0f} s the longest")
    for name, report in reports.items():
        if (servers[name].parent.name == "good") != (report["verdict"] == "conforming"):
            failed = [check["id"] for check in report["checks"] if check["status"] == "failed"]
            print(f"{servers[name].name}: {report['verdict']} {', '.join(failed)}")


if __name__ == "__main__":
    main()
