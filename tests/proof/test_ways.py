"""Other transports and ways to be launched, again and again: luck is found out that way.

All of it takes an hour and more on two cores, so it comes in pieces: ``pytest -m again -s
tests/proof/test_ways.py -k "broken and udp"``.  What is amiss is told as it comes, and counted.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.grid import Job, Outcome, repeated
from tests.proof import ways
from tests.proof.detection import DUE
from tests.proof.runs import SEARCH, searched
from tests.zoo import Inhabitant

EACH_WAY = pytest.mark.parametrize("way", ways.OPTIONS)


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where runs have their files; the path is short enough for sockets."""
    with tempfile.TemporaryDirectory() as folder:
        monkeypatch.setenv("TMPDIR", folder)
        yield Path(folder)


def accusations(outcome: Outcome) -> list[str]:
    """What is said against a correct server."""
    slow = outcome.name.startswith(ways.SLOW)
    return [
        f"{r.id} {r.status}: {r.summary}"
        for r in outcome.report.checks
        if r.status in ("failed", "flaky") or (r.status == "inconclusive" and not slow)
        if (outcome.name, r.id) not in DUE
    ] + ([str(outcome.report.problem)] if outcome.report.problem else [])


@pytest.mark.again
@pytest.mark.timeout(7200)
class TestAgain:
    @EACH_WAY
    def test_each_broken_one_is_caught_ten_times_of_ten(self, way: str, tmp_path: Path) -> None:
        """By the check that it names, alone."""
        bugs = {one.name: one for one in ways.broken(way) if ways.can_run(one)}
        jobs = [ways.job(one, tmp_path, *_only(one)) for one in bugs.values()]

        def missed(outcome: Outcome) -> str:
            clause = bugs[outcome.name].clause
            return "" if outcome.statuses("failed") == [clause] else f"{clause} did not fail"

        assert repeated(jobs, 10, missed) == {}

    @EACH_WAY
    def test_each_correct_one_passes_twenty_times_of_twenty(self, way: str, tmp_path: Path) -> None:
        """Whole runs, without a word against it."""
        jobs = [ways.job(one, tmp_path) for one in ways.correct(way) if ways.can_run(one)]
        assert repeated(jobs, 20, accusations) == {}

    @pytest.mark.parametrize("job", ways.reference(), ids=[job.name for job in ways.reference()])
    @pytest.mark.parametrize("at_once", [2, 4], ids=["", "loaded"])
    def test_the_reference_conforms_twenty_times_of_twenty(
        self, job: Job, at_once: int, tmp_path: Path, room: Path
    ) -> None:
        """Also where more run than there are cores; nothing is left behind."""
        job = Job(job.name, job.command, (*job.options, "--corpus", str(tmp_path)))
        assert repeated([job], 20, accusations, at_once * (os.cpu_count() or 2) // 2) == {}
        assert list(room.iterdir()) == []
        assert [process.pid for process in psutil.process_iter() if _of(process, room)] == []


def _only(one: Inhabitant) -> tuple[str, ...]:
    only = ("--only", one.clause)
    return (*only, *SEARCH) if searched(one) else only


def _of(process: psutil.Process, room: Path) -> bool:
    """Whether a process of a run in ``room`` is still there."""
    with contextlib.suppress(psutil.Error):
        return process.environ().get("TMPDIR") == str(room)
    return False


def test_the_ways_have_servers_of_different_names() -> None:
    """A result belongs to one of them."""
    names = [one.name for way in ways.OPTIONS for one in ways.broken(way)]
    names += [one.name for way in ways.OPTIONS for one in ways.correct(way)]
    assert len(names) == len(set(names))
    assert {name for name, _ in ways.DUE} <= set(names)
