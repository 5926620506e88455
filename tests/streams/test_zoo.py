"""Over Unix sockets, by inetd and by socket activation: each bug is found by the check that its
server names, and nobody else is accused.

A sample runs with the other tests.  The whole is slow: ``pytest -m slow tests/streams``.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from harness.values.verdict import Result, Status
from tests.conftest import JudgeEach
from tests.good import GoodServer
from tests.grid import Job, Outcome, judge_all
from tests.servers import compile_c, launch_command, missing_tool_for
from tests.streams import HERE, OPTIONS, broken, correct
from tests.zoo import Inhabitant

BUGS = ("stale_file", "logs_to_the_client", "decodes")
INNOCENTS = ("abstract_threads", "c_filter", "c_one_each", "blocking")
QUICK = ("identity/*", "launch/restarts", "shutdown/orderly", "resilience/vanish-while-sending")
"""Checks of the sample: those that neither wait nor need many connections, and ask for what differs
over a Unix socket."""
SLOW_TO_START = ("inetd",)
"""A process for each client: on a busy machine several are not there at once, so that the server is
taken for a sequential one; and hundreds of them may take too long, which is said of nobody."""
C_FILES = sorted(HERE.glob("*/*/*.c"))


def job(way: str, server: Inhabitant | GoodServer, folder: Path, *options: str) -> Job:
    """A run of one server, with a corpus of its own."""
    name = f"{way}/{server.name}"
    command = launch_command(server.path, server.language, folder / "build")
    return Job(name, command, (*OPTIONS[way], *options, "--corpus", str(folder / "corpus" / name)))


def accusations(outcome: Outcome) -> list[str]:
    """What is said against a correct server."""
    slow = outcome.name.startswith(SLOW_TO_START)
    return [
        f"{r.id}: {r.status} {r.summary}"
        for r in outcome.report.checks
        if is_against(r) and not (slow and r.status is Status.INCONCLUSIVE)
    ]


def is_against(result: Result) -> bool:
    return result.status in (Status.FAILED, Status.FLAKY, Status.INCONCLUSIVE)


def test_they_are_many_and_in_some_languages() -> None:
    """Enough of them, with a check and a cause that exist."""
    counts = {way: (len(broken(way)), len(correct(way))) for way in OPTIONS}
    assert counts["unix"][0] >= 8 and counts["unix"][1] >= 6
    given = [counts[way] for way in OPTIONS if way != "unix"]
    assert all(sum(kind) >= 6 for kind in zip(*given, strict=True))
    everyone = [one for way in OPTIONS for one in (*broken(way), *correct(way))]
    assert {one.language for one in everyone} == {"python", "c", "node", "go"}


@pytest.mark.timeout(120)
def test_sample_of_the_broken_is_caught(judge_each: JudgeEach, tmp_path: Path) -> None:
    """Each by its check alone: no check relies on another."""
    sample = [(way, one) for way in OPTIONS for one in broken(way) if one.name in BUGS]
    jobs = [job(way, one, tmp_path, "--only", one.clause) for way, one in sample]
    for (_, one), outcome in zip(sample, judge_each(jobs), strict=True):
        assert outcome.statuses("failed") == [one.clause], one.name
        assert outcome.report.causes[0].id in one.causes[0], one.name


@pytest.mark.timeout(120)
def test_sample_of_the_correct_is_not_accused(judge_each: JudgeEach, tmp_path: Path) -> None:
    """One for each way; the report says what it was tested over, and how it was launched."""
    sample = [(way, one) for way in OPTIONS for one in correct(way) if one.name in INNOCENTS]
    only = [word for pattern in QUICK for word in ("--only", pattern)]
    jobs = [job(way, one, tmp_path, *only) for way, one in sample]
    for (way, one), outcome in zip(sample, judge_each(jobs), strict=True):
        assert accusations(outcome) == [], one.name
        target = outcome.report.target
        assert target.transport == ("unix" if way == "unix" else "tcp")
        assert target.launch == (OPTIONS[way][1] if OPTIONS[way] else "listen")
        assert target.profile == one.profile or way in SLOW_TO_START, one.name


@pytest.mark.skipif(shutil.which("cc") is None, reason="cc not found")
@pytest.mark.parametrize("path", C_FILES, ids=lambda path: path.stem)
def test_c_compiles_without_warnings(path: Path, tmp_path: Path) -> None:
    """A warning would be a second defect."""
    compile_c(path, tmp_path / "program", "-Werror")


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("way", OPTIONS)
class TestWhole:
    """Some minutes on two cores."""

    def test_each_bug_is_caught_by_the_check_that_it_names(self, way: str, tmp_path: Path) -> None:
        here = [one for one in broken(way) if missing_tool_for(one.language) is None]
        outcomes = judge_all([job(way, one, tmp_path) for one in here])
        assert [
            (one.name, outcome.statuses("failed"))
            for one, outcome in zip(here, outcomes, strict=True)
            if one.clause not in outcome.statuses("failed")
        ] == []

    def test_correct_servers_are_accused_of_nothing(self, way: str, tmp_path: Path) -> None:
        here = [one for one in correct(way) if missing_tool_for(one.language) is None]
        outcomes = list(judge_all([job(way, one, tmp_path) for one in here]))
        assert {o.name: found for o in outcomes if (found := accusations(o))} == {}
        profiles = [o.report.target.profile for o in outcomes]
        assert profiles == [one.profile for one in here] or way in SLOW_TO_START
