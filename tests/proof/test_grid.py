"""Zoo x catalogue: each bug is found by the check that its server names, and nobody else accused.

A sample runs with the other tests.  The whole is slow: ``pytest -m slow tests/proof``, or
``tox -e grid``.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.contract.catalogue import IDS
from tests import good, zoo
from tests.conftest import JudgeEach
from tests.grid import Job, Outcome, judge_all, repeated
from tests.proof import null, runs, ways
from tests.proof.detection import DUE, Series, accused, against, gather, missed, unused

LONGEST = 90.0
"""Seconds that a verdict may take at most here, where two runs share the machine with the tests
themselves.  Alone, it is less than a minute."""

BUGS = (
    *("identity_utf8_replace", "strlen_payload", "to_string_per_chunk", "chunking_reordered"),
    *("shutdown_at_eof_too_soon", "write_count_ignored", "resilience_no_except"),
    *("thread_shared_buffer", "resources_zombies"),
)
"""From each group, in each language; such as are caught without much waiting."""
INNOCENTS = ("oneshot_port", "sequential_blocking", "c_epoll_edge", "node_pipe")
UNHURRIED = ("launch/stays-up", "shutdown/idle-kept", "partial-send/slow-reader", "resources/*")
"""Checks that the sample leaves out, since they wait, or need many connections."""


@pytest.mark.timeout(300)
def test_sample_of_the_zoo_is_caught(judge_each: JudgeEach, tmp_path: Path) -> None:
    """Each by its check alone: no check relies on another."""
    sample = [i for i in zoo.inhabitants() if i.name in BUGS and zoo.missing_tool(i) is None]
    jobs = [
        Job(
            i.name,
            zoo.command(i, tmp_path / "build"),
            ("--only", i.clause, *runs.promise(i), "--corpus", str(tmp_path / "corpus" / i.name)),
        )
        for i in sample
    ]
    for inhabitant, outcome in zip(sample, judge_each(jobs), strict=True):
        assert outcome.statuses("failed") == [inhabitant.clause], inhabitant.name


@pytest.mark.timeout(300)
def test_sample_of_the_correct_is_not_accused(judge_each: JudgeEach, tmp_path: Path) -> None:
    """One-shot, sequential, concurrent; blocking and by events; three languages."""
    sample = [s for s in good.servers() if s.name in INNOCENTS and good.missing_tool(s) is None]
    skip = [word for pattern in UNHURRIED for word in ("--skip", pattern)]
    jobs = [
        Job(
            s.name,
            good.command(s, tmp_path / "build"),
            (*skip, "--fuzz", "20", "--corpus", str(tmp_path / "corpus" / s.name)),
        )
        for s in sample
    ]
    for server, outcome in zip(sample, judge_each(jobs), strict=True):
        told = [f"{r.id}: {r.summary}" for r in outcome.report.checks if against(server, r)]
        assert (told, outcome.exit_code) == ([], 0), server.name
        assert outcome.report.target.profile == server.profile, server.name


@pytest.mark.timeout(300)
def test_servers_that_are_none_fail(judge_each: JudgeEach, tmp_path: Path) -> None:
    """Whatever else they do, they do not echo."""
    only = ("--only", "identity/one-byte", "--only", "identity/hello")
    jobs = [
        Job(s.name, s.command, (*only, "--corpus", str(tmp_path / "corpus" / s.name)))
        for s in null.servers()
    ]
    verdicts = {outcome.name: outcome.exit_code for outcome in judge_each(jobs)}
    assert verdicts == {job.name: 1 for job in jobs}


def test_the_samples_exist() -> None:
    """A server that is renamed does not leave the sample unnoticed."""
    assert set(BUGS) <= {i.name for i in zoo.inhabitants()}
    assert set(INNOCENTS) <= {s.name for s in good.servers()}
    assert {name for name, _ in DUE - ways.DUE} <= {s.name for s in good.servers()}


# --- the whole ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def series(tmp_path_factory: pytest.TempPathFactory) -> Series:
    """One run of every server that can be launched here."""
    folder = tmp_path_factory.mktemp("grid")
    build, corpus = folder / "build", folder / "corpus"
    return Series(
        zoo=gather(runs.zoo_work(build, corpus), folder, fresh=False),
        good=gather(runs.good_work(build, corpus), folder, fresh=False),
        null=gather(runs.null_work(corpus), folder, fresh=False),
    )


@pytest.mark.slow
@pytest.mark.timeout(7200)
class TestWhole:
    """Half an hour on two cores."""

    def test_each_bug_is_caught_by_the_check_that_it_names(self, series: Series) -> None:
        known = [i for i in zoo.inhabitants() if i.name in series.zoo]
        assert [m for i in known if (m := missed(i, series.zoo[i.name]))] == []

    def test_each_check_catches_a_bug(self, series: Series) -> None:
        assert unused(series) == []

    def test_correct_servers_are_accused_of_nothing(self, series: Series) -> None:
        known = [s for s in good.servers() if s.name in series.good]
        assert [a for s in known if (a := accused(s, series.good[s.name]))] == []

    def test_the_profile_of_correct_servers_is_found(self, series: Series) -> None:
        known = {s.name: s.profile for s in good.servers() if s.name in series.good}
        found = {name: run.report.target.profile for name, run in series.good.items()}
        assert found == known

    def test_servers_that_are_none_fail(self, series: Series) -> None:
        assert {run.exit_code for run in series.null.values()} == {1}

    def test_a_verdict_does_not_take_long(self, series: Series) -> None:
        times = {n: run.seconds for n, run in series.zoo.items()}
        fuzzed = {i.name for i in zoo.inhabitants() if runs.searched(i)}
        assert {n: s for n, s in times.items() if s > LONGEST and n not in fuzzed} == {}


@pytest.mark.slow
@pytest.mark.timeout(7200)
class TestAlone:
    """``--only`` of any id says what the whole run says: no check relies on those before it."""

    def test_each_check_finds_its_bugs(self, tmp_path: Path) -> None:
        inhabitants = [i for i in zoo.inhabitants() if zoo.missing_tool(i) is None]
        jobs = [
            Job(
                i.name,
                zoo.command(i, tmp_path / "build"),
                (
                    *("--only", i.clause, *runs.promise(i)),
                    *(runs.SEARCH if runs.searched(i) else ()),
                    *("--corpus", str(tmp_path / "corpus" / i.name)),
                ),
            )
            for i in inhabitants
        ]
        found = {o.name: o.statuses("failed") for o in judge_all(jobs)}
        assert found == {i.name: [i.clause] for i in inhabitants}

    @pytest.mark.parametrize("name", ["sequential_blocking", "asyncio_protocol", "oneshot_port"])
    def test_each_check_says_the_same_of_a_correct_server(self, name: str, tmp_path: Path) -> None:
        (server,) = (s for s in good.servers() if s.name == name)
        command = good.command(server, tmp_path / "build")
        whole, *alone = judge_all(
            Job(name, command, (*options, "--corpus", str(tmp_path / "corpus")))
            for options in ((), *(("--only", check_id) for check_id in IDS))
        )
        said = {r.id: r.status for r in whole.report.checks}
        assert {r.id: r.status for o in alone for r in o.report.checks} == said
        assert set(said) == set(IDS)


# --- again and again ----------------------------------------------------------------------------

THOROUGH = ("--effort", "thorough", "--fuzz", "5000")
"""A hundred thousand sessions on each server would take a day of the machine; what `thorough` adds
to the checks is all there."""


@pytest.mark.again
@pytest.mark.timeout(36000)
class TestAgain:
    """First law: whole runs of correct servers, without a word against them; an hour and more."""

    @pytest.mark.parametrize(
        ("times", "effort"), [(20, ()), (3, THOROUGH)], ids=["normal", "thorough"]
    )
    @pytest.mark.parametrize("at_once", [2, 6], ids=["", "loaded"])
    def test_correct_servers_are_never_accused(
        self, times: int, effort: tuple[str, ...], at_once: int, tmp_path: Path
    ) -> None:
        servers = {s.name: s for s in good.servers() if good.missing_tool(s) is None}
        jobs = [
            Job(
                name,
                good.command(server, tmp_path / "build"),
                (*effort, "--corpus", str(tmp_path / "corpus" / name)),
                timeout=1200,
            )
            for name, server in servers.items()
        ]

        def said(outcome: Outcome) -> list[str]:
            server = servers[outcome.name]
            against_it = [
                f"{r.id} {r.status}: {r.summary}"
                for r in outcome.report.checks
                if against(server, r)
            ]
            return against_it + ([str(outcome.report.problem)] if outcome.report.problem else [])

        assert repeated(jobs, times, said, at_once) == {}
