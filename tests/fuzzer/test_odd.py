"""Servers that break at an odd constant: the search finds them with their constants, not without.

Most of it is slow; each server says in its first comment what it does.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import harness
from harness.constants.gather import of_target
from harness.fuzzer.attempts import Attempts
from harness.fuzzer.run import terms_for
from harness.fuzzer.search import plans
from harness.values.dictionary import EMPTY
from harness.values.target import TargetSpec
from harness.values.verdict import Profile, Status
from tests.fuzzer.targets import fleet_for
from tests.servers import compile_c

FOLDER = Path(__file__).parent / "odd"
PROFILES = {
    "size": Profile.CONCURRENT,
    "word": Profile.SEQUENTIAL,
    "clients": Profile.CONCURRENT,
    "messages": Profile.SEQUENTIAL,
    "checksum": Profile.SEQUENTIAL,
    "program": Profile.SEQUENTIAL,
}
SEEDS = range(10)
BUDGET = 2000
"""Sessions within which each must be found."""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("odd") / "server"
    compile_c(FOLDER / "program.c", path)
    return path


def command(name: str, program: Path) -> list[str]:
    return [str(program)] if name == "program" else [sys.executable, str(FOLDER / f"{name}.py")]


def found_after(command: list[str], profile: Profile, seed: int, *, known: bool) -> int | None:
    """Sessions until the first plan that fails; None when none does."""
    constants = of_target(TargetSpec(command=tuple(command))) if known else EMPTY
    done = 0
    with fleet_for(command, profile, seed) as fleet:
        attempts = Attempts(fleet, profile, patience=2.0, rate=None)
        fleet.refresh()
        terms = terms_for(fleet, profile, dictionary=constants)
        for plan in plans(seed, terms, BUDGET):
            done += len(plan.scripts)
            if attempts.once(plan).findings:
                return done
    return None


@pytest.mark.parametrize("name", ["word", "clients"])
def test_an_odd_constant_is_found(name: str, program: Path) -> None:
    """Content and counts, with one seed."""
    assert found_after(command(name, program), PROFILES[name], 0, known=True)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", PROFILES)
def test_ten_seeds_of_ten_find_it(name: str, program: Path) -> None:
    """Within 2,000 sessions each."""
    found = [found_after(command(name, program), PROFILES[name], s, known=True) for s in SEEDS]
    assert all(found), found


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", PROFILES)
def test_without_its_constants_it_is_not_found(name: str, program: Path) -> None:
    """So it is the dictionary that finds it."""
    found = [found_after(command(name, program), PROFILES[name], s, known=False) for s in SEEDS]
    assert not any(found), found


@pytest.mark.usefixtures("nobody_dies")
def test_the_report_names_the_constant(program: Path, tmp_path: Path) -> None:
    """Where the number stands that decides whether the failure shows."""
    report = harness.check(
        command("program", program),
        only=["fuzz/plans"],
        fuzz=70,
        profile="sequential",
        corpus=tmp_path,
    )
    (result,) = report.checks
    assert result.status is Status.FAILED
    assert "(4,242 stands in server, in its program)" in result.summary


def test_none_leaves_the_source_alone(program: Path, tmp_path: Path) -> None:
    """--dictionary none draws as ever; so does a dictionary of something else."""
    words = tmp_path / "words.dict"
    words.write_text('"plover"\n')
    for choice in ("none", words):
        report = harness.check(
            command("size", program),
            only=["fuzz/plans"],
            fuzz=100,
            dictionary=choice,
            profile="concurrent",
            corpus=tmp_path,
        )
        assert report.checks[0].status is Status.PASSED
