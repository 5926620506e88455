"""Dask's workers: real ones, on loopback."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from harness.errors import UsageProblem
from harness.spreading import cluster
from harness.spreading.crew import Limits
from tests.cli.test_course import ECHO, SOME, UPPER, submitted
from tests.conftest import Run
from tests.spreading.test_workers import (
    fuzzed,
    fuzzed_by,
    interrupted,
    searches,
    tells_what_ran,
)

DASK = [sys.executable, "-m", "distributed.cli.dask_scheduler"]
WORKER = [sys.executable, "-m", "distributed.cli.dask_worker"]


@pytest.mark.parametrize("url", ["foo", "", "tcp://h", "http://127.0.0.1:1", "tcp://127.0.0.1:0"])
def test_what_is_no_address_is_found_before_a_client_is_made(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    """One that has failed half made hangs for 20 s when it is thrown away."""
    distributed = pytest.importorskip("distributed")
    monkeypatch.setattr(distributed, "Client", None)
    with pytest.raises(UsageProblem, match="Such as tcp://HOST:8786") as caught:
        cluster.Cluster(url, Limits(), fresh=False)
    assert str(caught.value).startswith(f"--scheduler {url}: ")


class Dask:
    """A scheduler, and workers that come and go."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._processes: list[subprocess.Popen[bytes]] = []
        self.scheduler = self._start(
            "scheduler", *DASK, "--host", "127.0.0.1", "--port", "0", "--no-dashboard"
        )
        found = self._said("scheduler", r"Scheduler at:\s+(tcp://\S+)")
        self.url = found[1]

    def worker(self, name: str) -> subprocess.Popen[bytes]:
        """One with one thread, and no other process that would start it again."""
        process = self._start(
            name,
            *WORKER,
            self.url,
            "--host",
            "127.0.0.1",
            "--nthreads",
            "1",
            "--no-nanny",
            "--no-dashboard",
            "--name",
            name,
        )
        self._said(name, r"Registered to")
        return process

    def close(self) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _start(self, name: str, *words: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(words, cwd=self.folder, stdout=log, stderr=log)
        self._processes.append(process)
        return process

    def _said(self, name: str, pattern: str) -> re.Match[str]:
        ends = time.monotonic() + 60
        while time.monotonic() < ends:
            if found := re.search(pattern, (self.folder / f"{name}.log").read_text()):
                return found
            time.sleep(0.05)
        raise AssertionError((self.folder / f"{name}.log").read_text())


@pytest.fixture
def dask(tmp_path: Path) -> Iterator[Dask]:
    made = Dask(tmp_path)
    yield made
    made.close()


def test_no_scheduler_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    """In one line, with the exit code that is documented."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cluster, "CONNECT_WITHIN", 0.5)
    submitted(tmp_path, ann=ECHO)
    done = run("compare", "all/*/*", "--scheduler", "tcp://127.0.0.1:9")
    assert done.code == 69
    assert done.err.startswith("echo-harness: no scheduler answers at tcp://127.0.0.1:9 within")
    assert len(done.err.splitlines()) == 1


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_worker_that_is_killed_loses_nothing(
    dask: Dask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another one does what it was doing, and every target has its line."""
    submitted(tmp_path, **{f"s{n}": ECHO if n % 2 else UPPER for n in range(4)})
    doomed = dask.worker("doomed")
    words = ["compare", "all/*/*", *SOME, "--scheduler", dask.url, "--report", "csv=grades.csv"]
    with subprocess.Popen(
        [sys.executable, "-m", "harness", *words], cwd=tmp_path, stderr=subprocess.PIPE, text=True
    ) as process:
        ends = time.monotonic() + 60
        while not psutil.Process(doomed.pid).children(recursive=True):
            assert time.monotonic() < ends
            time.sleep(0.05)
        dask.worker("other")
        doomed.kill()
        process.communicate(timeout=150)
    assert process.returncode == 1
    with (tmp_path / "grades.csv").open() as file:
        found = {line["target"]: line["verdict"] for line in csv.DictReader(file)}
    assert found == {f"s{n}": "conforming" if n % 2 else "nonconforming" for n in range(4)}


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_scheduler_that_goes_away_leaves_a_report(dask: Dask, tmp_path: Path) -> None:
    """Of what ran until then, with exit code 69."""
    submitted(tmp_path, **{f"s{n}": ECHO for n in range(6)})
    dask.worker("only")
    words = ["compare", "all/*/*", *SOME, "--scheduler", dask.url, "--report", "json=all.json"]
    with subprocess.Popen(
        [sys.executable, "-m", "harness", *words], cwd=tmp_path, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        assert "conforming" in process.stderr.readline()
        dask.scheduler.kill()
        _, err = process.communicate(timeout=90)
    assert process.returncode == 69
    assert "the scheduler is not there any more." in err
    report = json.loads((tmp_path / "all.json").read_text())
    assert report["exit_code"] == 69
    assert report["verdicts"] and report["not_run"]


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_an_interruption_cancels_what_waits(dask: Dask, tmp_path: Path) -> None:
    """And its worker is free again soon."""
    submitted(tmp_path, **{f"s{n}": ECHO for n in range(6)})
    worker = dask.worker("only")
    words = ["compare", "all/*/*", *SOME, "--scheduler", dask.url, "--report", "json=all.json"]
    with subprocess.Popen(
        [sys.executable, "-m", "harness", *words], cwd=tmp_path, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        assert "conforming" in process.stderr.readline()
        os.kill(process.pid, signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode == 130
    report = json.loads((tmp_path / "all.json").read_text())
    assert len(report["verdicts"]) + len(report["not_run"]) == 6
    ends = time.monotonic() + 30
    while psutil.Process(worker.pid).children():
        assert time.monotonic() < ends
        time.sleep(0.1)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_cluster_finds_what_processes_find(dask: Dask, tmp_path: Path) -> None:
    """The same smallest plans, with one of its workers killed in the middle."""
    doomed = dask.worker("doomed")
    dask.worker("other")
    crew = cluster.Cluster(dask.url, Limits(), fresh=False)
    ends = threading.Timer(4.0, doomed.kill)
    ends.start()
    with contextlib.closing(crew):
        report = fuzzed_by(crew, tmp_path, "dask", 1600)
    ends.join()
    assert report.problem is None and report.fuzz is not None
    here = fuzzed(tmp_path, 2, 1600)
    assert here.fuzz is not None and here.fuzz.sessions == report.fuzz.sessions
    kept = {
        name: sorted(p.name for p in tmp_path.glob(f"{name}/*/CASE-*")) for name in ("dask", "2")
    }
    assert kept["dask"] == kept["2"] != []


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_an_interruption_takes_what_is_under_way(dask: Dask, tmp_path: Path) -> None:
    """The report has it, says which seeds were searched, and the worker is free again."""
    worker = dask.worker("only")
    with contextlib.closing(cluster.Cluster(dask.url, Limits(), fresh=False)) as crew:
        assert tells_what_ran(interrupted(crew, tmp_path))
    ends = time.monotonic() + 30
    while psutil.Process(worker.pid).children():
        assert time.monotonic() < ends
        time.sleep(0.1)


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_scheduler_that_goes_away_ends_a_fuzz_run(dask: Dask, tmp_path: Path) -> None:
    """With what was searched until then, and the exit code of that."""
    dask.worker("only")
    with contextlib.closing(cluster.Cluster(dask.url, Limits(), fresh=False)) as crew:
        report = fuzzed_by(
            crew,
            tmp_path,
            "cases",
            64_000,
            heard=lambda event: dask.scheduler.kill() if searches(event) else None,
        )
    assert report.exit_code == 69
    assert report.problem is not None
    assert report.problem.message == "the scheduler is not there any more."
    assert report.fuzz is not None and report.fuzz.sessions > 0
    assert any("not at all: 3 to 66." in text for text in report.notices)
