"""Runs the harness on many servers, a few at a time, and reads back the JSON reports."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.report.json import load
from harness.values.report import Report
from tests.support.cli import echo_harness

COLUMNS = 80
"""The width of a terminal that nobody has made wider."""

AT_ONCE = 2
"""Runs side by side: one for each core of a small machine."""


@dataclass(frozen=True)
class Job:
    """A server to judge: its name, the arguments before ``--``, and its command."""

    name: str
    command: Sequence[str]
    options: Sequence[str] = ()
    cwd: Path | None = None
    """A folder of its own to run in, made if it is not there; None for that of the tests."""
    quiet: bool = True
    """Or what a user sees, as wide as a terminal usually is."""
    timeout: float = 180.0
    """Seconds that the run may take at most."""


@dataclass(frozen=True)
class Outcome:
    """What the harness said, and how long it took as a whole process, in seconds."""

    name: str
    exit_code: int
    seconds: float
    report: Report
    stderr: str
    screen: str = ""
    """What it wrote to its standard output."""

    def statuses(self, status: str) -> list[str]:
        """The ids of the checks that ended with ``status``."""
        return [r.id for r in self.report.checks if r.status == status]


def judge(job: Job) -> Outcome:
    """Run ``echo-harness check`` on one server.  Raises AssertionError if there is no report."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "report.json")
        argv = [sys.executable, "-m", "harness", "check", *(["-q"] if job.quiet else [])]
        if job.cwd is not None:
            job.cwd.mkdir(parents=True, exist_ok=True)
        began = time.monotonic()
        run = subprocess.run(
            [*argv, "--report", f"json={path}", *job.options, "--", *job.command],
            cwd=job.cwd,
            env={**os.environ, "COLUMNS": str(COLUMNS)},
            capture_output=True,
            text=True,
            timeout=job.timeout,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        seconds = time.monotonic() - began
        assert path.exists(), f"{job.name}: no report; exit {run.returncode}\n{run.stderr}"
        return Outcome(job.name, run.returncode, seconds, load(path), run.stderr, run.stdout)


def judge_here(
    job: Job, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Outcome:
    """The same inside this process, which has imported the program already; quick."""
    with tempfile.TemporaryDirectory() as folder, monkeypatch.context() as patch:
        path = Path(folder, "report.json")
        patch.setenv("COLUMNS", str(COLUMNS))
        if job.cwd is not None:
            job.cwd.mkdir(parents=True, exist_ok=True)
            patch.chdir(job.cwd)
        began = time.monotonic()
        argv = ["check", *(["-q"] if job.quiet else []), "--report", f"json={path}"]
        done = echo_harness(patch, capsys, *argv, *job.options, "--", *job.command)
        seconds = time.monotonic() - began
        assert path.exists(), f"{job.name}: no report; exit {done.code}\n{done.err}"
        return Outcome(job.name, done.code, seconds, load(path), done.err, done.out)


def judge_all(jobs: Iterable[Job], at_once: int = AT_ONCE) -> Iterator[Outcome]:
    """The outcomes of all ``jobs``, in their order."""
    with ThreadPoolExecutor(at_once) as pool:
        yield from pool.map(judge, jobs)


def repeated(
    jobs: Sequence[Job], times: int, wrong: Callable[[Outcome], object], at_once: int = AT_ONCE
) -> dict[str, str]:
    """What is ``wrong`` with the outcomes of ``times`` runs of each job: ``3 of 20: ...``, by its
    name; nothing for those with which nothing ever is.

    They come in rounds, since two runs of one server at once would fight for a path or a name that
    it always takes.  What is amiss is told after each round (``pytest -s`` shows it), so that a
    long series can be given up early.
    """
    again = [job for _ in range(times) for job in jobs]
    found: dict[str, list[object]] = {job.name: [] for job in jobs}
    for number, outcome in enumerate(judge_all(again, at_once), 1):
        if told := wrong(outcome):
            found[outcome.name].append(told)
        if number % len(jobs) == 0:
            amiss = {name: f"{len(all_)} times: {all_[0]}" for name, all_ in found.items() if all_}
            print(f"round {number // len(jobs)} of {times}: amiss {amiss or 'nothing'}", flush=True)
    return {name: f"{len(all_)} of {times}: {all_[0]}" for name, all_ in found.items() if all_}
