"""Servers of datagrams: each bug is found by the check that it names, and nobody else accused.

A sample runs with the other tests.  The whole is slow: ``pytest -m slow tests/datagrams``.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from harness.values.verdict import Result, Status
from tests.conftest import JudgeEach
from tests.datagrams import HERE, broken, correct
from tests.good import GoodServer
from tests.grid import Job, Outcome, judge_all
from tests.servers import compile_c, launch_command, missing_tool_for
from tests.zoo import Inhabitant

BUGS = ("truncates_1024", "answers_last_client", "merges_waiting", "refused_ends", "new_socket")
INNOCENTS = ("careful", "overtaking", "oneshot")
UNHURRIED = ("datagram/stays-up", "resources/*")
"""Checks that the sample leaves out, since they wait."""
ALLOWED = {"asyncio_protocol": "datagram/empty"}
"""Warnings that are true: asyncio sends no empty datagram before Python 3.13."""
C_FILES = sorted(HERE.glob("*/*.c"))


def jobs_of(servers: Sequence[Inhabitant | GoodServer], folder: Path, *options: str) -> list[Job]:
    """A run for each, with a corpus of its own."""
    return [
        Job(
            one.name,
            launch_command(one.path, one.language, folder / "build"),
            (*options, "--corpus", str(folder / "corpus" / one.name)),
        )
        for one in servers
        if missing_tool_for(one.language) is None
    ]


def accusations(outcome: Outcome) -> list[str]:
    """What is said against a correct server."""
    return [
        f"{r.id}: {r.status} {r.summary}"
        for r in outcome.report.checks
        if is_against(r) and r.id != ALLOWED.get(outcome.name)
    ]


def is_against(result: Result) -> bool:
    return result.status in (Status.FAILED, Status.FLAKY, Status.INCONCLUSIVE)


def test_they_are_many_and_in_some_languages() -> None:
    """Enough of them, under names of their own, with a check and a cause that exist."""
    bugs, fair = broken(), correct()
    assert len(bugs) >= 25
    assert len(fair) >= 12
    names = [one.name for one in (*bugs, *fair)]
    assert len(names) == len(set(names))
    assert {one.language for one in (*bugs, *fair)} == {"python", "c", "node", "go"}
    assert set(BUGS) <= {one.name for one in bugs}
    assert set(INNOCENTS) <= {one.name for one in fair}


@pytest.mark.timeout(120)
def test_sample_of_the_broken_is_caught(judge_each: JudgeEach, tmp_path: Path) -> None:
    """Each by its check alone: no check relies on another."""
    sample = [one for one in broken() if one.name in BUGS]
    jobs = [
        Job(job.name, job.command, ("--only", one.clause, *job.options))
        for one, job in zip(sample, jobs_of(sample, tmp_path), strict=True)
    ]
    for one, outcome in zip(sample, judge_each(jobs), strict=True):
        assert outcome.statuses("failed") == [one.clause], one.name


@pytest.mark.timeout(120)
def test_sample_of_the_correct_is_not_accused(judge_each: JudgeEach, tmp_path: Path) -> None:
    """Among them one that answers in any order, and one that answers once."""
    sample = [one for one in correct() if one.name in INNOCENTS]
    skip = [word for pattern in UNHURRIED for word in ("--skip", pattern)]
    jobs = jobs_of(sample, tmp_path, *skip, "--fuzz", "60")
    for one, outcome in zip(sample, judge_each(jobs), strict=True):
        assert (accusations(outcome), outcome.exit_code) == ([], 0), one.name
        assert outcome.report.target.profile == one.profile, one.name


@pytest.mark.skipif(shutil.which("cc") is None, reason="cc not found")
@pytest.mark.parametrize("path", C_FILES, ids=lambda path: path.stem)
def test_c_compiles_without_warnings(path: Path, tmp_path: Path) -> None:
    """A warning would be a second defect."""
    compile_c(path, tmp_path / "program", "-Werror")


@pytest.mark.slow
@pytest.mark.timeout(3600)
class TestWhole:
    """Some minutes on two cores."""

    def test_each_bug_is_caught_by_the_check_that_it_names(self, tmp_path: Path) -> None:
        outcomes = {o.name: o for o in judge_all(jobs_of(broken(), tmp_path))}
        missed = [
            one.name
            for one in broken()
            if one.name in outcomes and one.clause not in outcomes[one.name].statuses("failed")
        ]
        assert missed == []

    def test_correct_servers_are_accused_of_nothing(self, tmp_path: Path) -> None:
        outcomes = {o.name: o for o in judge_all(jobs_of(correct(), tmp_path))}
        told = {name: found for name, o in outcomes.items() if (found := accusations(o))}
        assert told == {}
        assert {o.report.target.profile for o in outcomes.values()} == {"sequential", "one-shot"}
