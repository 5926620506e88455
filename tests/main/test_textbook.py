"""The servers that learners type: a hard-coded port, no SO_REUSEADDR, one beginner's bug in each.

A server that closes first keeps its own port in TIME_WAIT, and cannot be launched again by itself.
"""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from harness.system.free_ports import free_port
from tests import zoo
from tests.main.conftest import Check
from tests.main.running import GOOD, Ran, python
from tests.proof.runs import promise

TEXTBOOK = {i.name: i for i in zoo.inhabitants() if i.name.startswith("textbook_")}
CLOSES_FIRST = ("textbook_short_read_ends", "textbook_short_read_next")
SAMPLE = (
    *("textbook_close_in_loop", "textbook_input_for_recv", "textbook_ok_first", "textbook_strip"),
    *("textbook_recv_once", "textbook_closes_listener", "textbook_reset_ends_it"),
)
CORRECT = ("oneshot_tutorial", "sequential_tutorial")
HANGS = {
    f"textbook_{name}"
    for name in (
        *("accept_in_loop", "never_closed", "no_break", "only_prints", "readline"),
        *("sendall_after_loop", "thread_called"),
    )
}
"""What is wrong with these is that something does not come, which only waiting can prove."""
WAITS = (
    *("launch/stays-up", "shutdown/idle-kept", "shutdown/no-spin", "shutdown/lagging-reader"),
    *("partial-send/*", "resilience/*", "resources/*", "sessions/queue"),
)
"""Checks that wait, or need many connections."""
UNHURRIED = [word for pattern in WAITS for word in ("--skip", pattern)]


@pytest.fixture
def check(check_here: Check) -> Check:
    """In this process: what is promised here is the verdict and what is said of it."""
    return check_here


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
    assert set(TEXTBOOK) >= HANGS
    assert len(TEXTBOOK) - len(HANGS) >= 15


def caught_alone(check: Check, name: str, tmp_path: Path) -> None:
    inhabitant = TEXTBOOK[name]
    options = ("--only", inhabitant.clause, *promise(inhabitant), "--fuzz", "0", "--patience", "1")
    ran = judged(check, inhabitant.path, tmp_path, *options)
    assert (ran.code, ran.ids("failed")) == (1, {inhabitant.clause})


@pytest.mark.parametrize("name", SAMPLE)
def test_the_check_that_it_names_catches_it(check: Check, name: str, tmp_path: Path) -> None:
    """And no other check is needed for that."""
    caught_alone(check, name, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(set(TEXTBOOK) - set(SAMPLE)))
def test_the_check_that_it_names_catches_each(check: Check, name: str, tmp_path: Path) -> None:
    caught_alone(check, name, tmp_path)


@pytest.mark.parametrize("name", CLOSES_FIRST)
def test_who_closes_first_is_judged(check: Check, name: str, tmp_path: Path) -> None:
    """Launched again whenever that is needed; the first lines say what would happen by hand.

    In a network of its own nothing is in its way."""
    options = ("--isolate", "never", *UNHURRIED, "--fuzz", "8")
    ran = judged(check, TEXTBOOK[name].path, tmp_path, *options)
    assert ran.code == 1
    assert TEXTBOOK[name].clause in ran.ids("failed")
    top = " ".join(ran.out.partition(" launch ")[0].split())
    assert "could not start again on port" in top
    assert "closed a connection before its client did" in top
    assert "set SO_REUSEADDR" in top


def test_who_is_correct_conforms(check: Check, tmp_path: Path) -> None:
    """Nothing is inconclusive, and nothing is said of a port that did not stay in use."""
    ran = judged(check, GOOD / f"{CORRECT[1]}.py", tmp_path, *UNHURRIED, "--fuzz", "8")
    assert ran.code == 0
    assert ran.ids("failed") <= {"launch/restarts"}
    assert "could not start again" not in ran.said


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", sorted(set(TEXTBOOK) - HANGS))
def test_the_whole_contract_catches_it(check: Check, name: str, tmp_path: Path) -> None:
    """A verdict on everything, with nothing left open."""
    ran = judged(check, TEXTBOOK[name].path, tmp_path)
    assert ran.code == 1
    assert TEXTBOOK[name].clause in ran.ids("failed")


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", sorted(HANGS))
def test_who_hangs_is_caught_within_a_minute(check: Check, name: str, tmp_path: Path) -> None:
    """By the whole contract; what is left then is inconclusive."""
    inhabitant = TEXTBOOK[name]
    ran = check(*promise(inhabitant), *python(a_copy(inhabitant.path, tmp_path)))
    assert (ran.code, ran.left) == (1, [])
    assert inhabitant.clause in ran.ids("failed")


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", CORRECT)
def test_the_whole_contract_accuses_no_correct_one(check: Check, name: str, tmp_path: Path) -> None:
    ran = judged(check, GOOD / f"{name}.py", tmp_path)
    assert (ran.code, ran.ids("failed")) == (0, {"launch/restarts"})
