"""The servers that learners type: a hard-coded port, no SO_REUSEADDR, one beginner's bug in each.

A server that closes first keeps its own port in TIME_WAIT, and cannot be launched again by itself.
"""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from harness.target.spec import free_port
from tests import zoo
from tests.main.conftest import Check
from tests.main.running import GOOD, Ran, python
from tests.proof.runs import promise

TEXTBOOK = {i.name: i for i in zoo.inhabitants() if i.name.startswith("textbook_")}
CLOSES_FIRST = ("textbook_short_read_ends", "textbook_short_read_next")
CORRECT = ("oneshot_tutorial", "sequential_tutorial")
WAITS = (
    *("launch/stays-up", "shutdown/idle-kept", "shutdown/no-spin", "shutdown/lagging-reader"),
    *("partial-send/*", "resilience/pause-resume", "resilience/descriptor-famine", "resources/*"),
)
"""Checks that wait, or need many connections."""
UNHURRIED = [word for pattern in WAITS for word in ("--skip", pattern)]


def a_copy(path: Path, folder: Path) -> Path:
    """The server on a port that is free now: several tests may run at once."""
    port = free_port("127.0.0.1", random.Random())
    text, count = re.subn(r"(?m)^PORT = \d+$", f"PORT = {port}", path.read_text())
    assert count == 1, path
    copy = folder / path.name
    copy.write_text(text)
    return copy


def judged(check: Check, path: Path, tmp_path: Path, *options: str) -> Ran:
    ran = check(*options, *python(a_copy(path, tmp_path)))
    assert ran.left == []
    assert ran.ids("inconclusive", "flaky") == set(), ran.said
    return ran


def test_there_are_enough_of_them() -> None:
    """Each has a port of its own, and nobody sets SO_REUSEADDR."""
    sources = [i.path.read_text().partition('"""\n\n')[2] for i in TEXTBOOK.values()]
    ports = [int(port) for s in sources for port in re.findall(r"(?m)^PORT = (\d+)$", s)]
    assert len(ports) == len(set(ports)) == len(TEXTBOOK) >= 15
    assert max(ports) < 32_768
    assert not any("REUSE" in source for source in sources)
    assert set(CLOSES_FIRST) <= set(TEXTBOOK)


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=[pytest.mark.slow] * (i % 3 > 0)) for i, n in enumerate(TEXTBOOK)],
)
def test_the_check_that_it_names_catches_it(check: Check, name: str, tmp_path: Path) -> None:
    """And no other check is needed for that."""
    inhabitant = TEXTBOOK[name]
    options = ("--only", inhabitant.clause, *promise(inhabitant), "--fuzz", "0", "--patience", "1")
    ran = judged(check, inhabitant.path, tmp_path, *options)
    assert (ran.code, ran.ids("failed")) == (1, {inhabitant.clause})


@pytest.mark.parametrize("name", CLOSES_FIRST)
def test_who_closes_first_is_judged(check: Check, name: str, tmp_path: Path) -> None:
    """Launched again whenever that is needed; the first lines say what would happen by hand."""
    ran = judged(check, TEXTBOOK[name].path, tmp_path, *UNHURRIED, "--patience", "1")
    assert ran.code == 1
    assert TEXTBOOK[name].clause in ran.ids("failed")
    top = " ".join(ran.out.partition(" launch ")[0].split())
    assert "could not start again on port" in top
    assert "closed a connection before its client did" in top
    assert "set SO_REUSEADDR" in top


@pytest.mark.parametrize("name", CORRECT)
def test_who_is_correct_conforms(check: Check, name: str, tmp_path: Path) -> None:
    """Nothing is inconclusive, and nothing is said of a port that did not stay in use."""
    ran = judged(check, GOOD / f"{name}.py", tmp_path, *UNHURRIED, "--fuzz", "8")
    assert ran.code == 0
    assert ran.ids("failed") <= {"launch/restarts"}
    assert "could not start again" not in ran.said


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", TEXTBOOK)
def test_the_whole_contract_catches_it(check: Check, name: str, tmp_path: Path) -> None:
    """A verdict on everything, as a learner asks for it."""
    inhabitant = TEXTBOOK[name]
    ran = judged(check, inhabitant.path, tmp_path, *promise(inhabitant))
    assert ran.code == 1
    assert inhabitant.clause in ran.ids("failed")


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", CORRECT)
def test_the_whole_contract_accuses_no_correct_one(check: Check, name: str, tmp_path: Path) -> None:
    ran = judged(check, GOOD / f"{name}.py", tmp_path)
    assert (ran.code, ran.ids("failed")) == (0, {"launch/restarts"})
