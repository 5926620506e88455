"""``python -m benchmarks.verdicts``: how long a verdict takes, here and at another commit.

    python -m benchmarks.verdicts                          this tree alone
    python -m benchmarks.verdicts --against HEAD~20        and that commit, in turns

Each run is a whole process: ``echo-harness check`` of a broken server of the zoo, of a correct one,
or of the reference.  The servers are those of this tree, whichever harness judges them.  What is
compared takes turns, since other work on the machine slows everything alike; a ratio is the median
of those of the single runs.  Python compiles each tree once, before the first run that counts.
"""

from __future__ import annotations

import argparse
import io
import os
import resource
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

from tests import good, zoo
from tests.fuzzer.targets import REFERENCE
from tests.proof import runs

ROOT = Path(__file__).parents[1]
SAMPLE, ROUNDS = 24, 3
USUAL = "normal"
EFFORTS = ("quick", USUAL)
VERDICTS = (0, 1, 4)
"""Exit codes of a run that has judged its target."""
T = TypeVar("T")


class Case(NamedTuple):
    """A server to judge.  ``kind``: the line of the table that it counts for."""

    kind: str
    name: str
    command: tuple[str, ...]
    options: tuple[str, ...] = ()


class Seen(NamedTuple):
    """What one run took: seconds, and seconds of CPU of all that it started."""

    seconds: float
    cpu: float


class Row(NamedTuple):
    """Medians of one kind of servers; the ratios are of this tree to the other one."""

    kind: str
    servers: int
    here: Seen
    there: Seen | None
    ratio: Seen | None


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.verdicts", description=__doc__)
    parser.add_argument("--against", metavar="COMMIT", help="another version of the harness")
    parser.add_argument("--sample", type=int, default=SAMPLE, help="broken servers, at most")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="runs of each server")
    parser.add_argument("--effort", choices=EFFORTS, default=USUAL)
    parser.add_argument("--kind", default="", help="only the kinds that contain this word")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="echo-verdicts-") as name:
        folder = Path(name)
        trees = [ROOT]
        if options.against:
            trees.append(unpacked(options.against, folder / "there"))
        chosen = [c for c in cases(folder, options.sample) if options.kind in c.kind]
        for tree in trees:
            measured(tree, REFERENCE_CASE, options.effort, folder)  # nobody waits for compiling
        seen: dict[Case, list[list[Seen]]] = {case: [] for case in chosen}
        for number in range(options.rounds):
            for case in chosen:
                seen[case].append([measured(t, case, options.effort, folder) for t in trees])
            print(f"round {number + 1} of {options.rounds}", file=sys.stderr, flush=True)
    print("\n".join(table(rows(seen), options.effort, options.against)))


REFERENCE_CASE = Case("the reference", "reference", tuple(REFERENCE))


def cases(build: Path, sample: int) -> list[Case]:
    """A part of the zoo, a quarter as many correct servers, and the reference."""
    broken = [i for i in zoo.inhabitants() if zoo.missing_tool(i) is None]
    correct = [s for s in good.servers() if good.missing_tool(s) is None]
    return [
        REFERENCE_CASE,
        *(
            Case("correct servers", s.name, tuple(good.command(s, build)))
            for s in spread(correct, -(-sample // 4))
        ),
        *(
            Case("broken servers", i.name, tuple(zoo.command(i, build)), runs.promise(i))
            for i in spread(broken, sample)
        ),
    ]


def spread(things: Sequence[T], number: int) -> list[T]:
    """``number`` of ``things``, or all if there are fewer, with equal steps between them."""
    if number >= len(things):
        return list(things)
    return [things[i * len(things) // number] for i in range(number)]


def unpacked(commit: str, folder: Path) -> Path:
    """The tree of ``commit``, in ``folder``.  Ends the program when there is no such commit."""
    words = ["git", "-C", str(ROOT), "archive", "--format=tar", commit]
    done = subprocess.run(words, capture_output=True, check=False)
    if done.returncode:
        sys.exit(f"--against {commit}: {done.stderr.decode(errors='replace').strip()}")
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return folder


def measured(tree: Path, case: Case, effort: str, folder: Path) -> Seen:
    """One run of the harness of ``tree``."""
    corpus = folder / f"corpus-{tree.name}" / f"{case.kind}-{case.name}-{time.monotonic_ns()}"
    words = [sys.executable, "-m", "harness", "check", "--corpus", str(corpus)]
    words += ["--effort", effort] if effort != USUAL else []  # which older versions do not know
    words += [*case.options, "--", *case.command]
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    environment |= {"PYTHONPATH": str(tree), "PYTHONPYCACHEPREFIX": str(folder / "compiled")}
    began, spent = time.perf_counter(), cpu()
    done = subprocess.run(words, env=environment, cwd=folder, capture_output=True, check=False)
    if done.returncode not in VERDICTS:
        told = done.stderr.decode(errors="replace").strip()
        sys.exit(f"{tree.name}: exit {done.returncode} is no verdict on {case.name}: {told}")
    return Seen(time.perf_counter() - began, cpu() - spent)


def cpu() -> float:
    """Seconds that all who were started and have ended have used."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def rows(seen: dict[Case, list[list[Seen]]]) -> list[Row]:
    """A row for each kind; ``seen`` has for each case its rounds: this tree, then the other."""
    found: list[Row] = []
    for kind in dict.fromkeys(case.kind for case in seen):
        rounds = [r for case, all_of_it in seen.items() if case.kind == kind for r in all_of_it]
        servers = sum(case.kind == kind for case in seen)
        here = middle([r[0] for r in rounds])
        pairs = [r for r in rounds if len(r) > 1]
        there = middle([r[1] for r in pairs]) if pairs else None
        ratio = middle([Seen(a.seconds / b.seconds, a.cpu / b.cpu) for a, b in pairs])
        found.append(Row(kind, servers, here, there, ratio if pairs else None))
    return found


def middle(all_of_it: Sequence[Seen]) -> Seen:
    """The medians; zeros where there is nothing."""
    if not all_of_it:
        return Seen(0.0, 0.0)
    return Seen(
        statistics.median(s.seconds for s in all_of_it), statistics.median(s.cpu for s in all_of_it)
    )


def table(found: Sequence[Row], effort: str, against: str | None) -> Iterator[str]:
    """The lines of a table in markdown."""
    load = os.getloadavg()[0]
    yield f"Medians at {effort} effort; the load average was {load:.1f} at the end."
    yield ""
    head = ["what", "servers", "seconds", "CPU"]
    if against is not None:
        head += [f"seconds, {against}", f"CPU, {against}", "ratio", "ratio of CPU"]
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    for row in found:
        cells = [row.kind, str(row.servers), f"{row.here.seconds:.2f}", f"{row.here.cpu:.2f}"]
        if row.there is not None and row.ratio is not None:
            cells += [f"{row.there.seconds:.2f}", f"{row.there.cpu:.2f}"]
            cells += [f"{row.ratio.seconds:.2f}", f"{row.ratio.cpu:.2f}"]
        yield f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
