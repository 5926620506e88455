"""The server of the lesson, as people type it, needs nothing on the line but its command.

Its port is hard-coded, it allows no immediate restart, and it is gone after one connection.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from tests.main.conftest import Check
from tests.main.running import SERVERS, Ran

COMMAND = ("--", sys.executable, "server.py")
SOME = ("launch", "identity/hello", "identity/nothing-extra", "chunking/exact-read-then-end")
FAST = [word for pattern in (*SOME, "shutdown/exit-status") for word in ("--only", pattern)]


@pytest.fixture(autouse=True)
def server(tmp_path: Path) -> None:
    """server.py in the folder where the harness is run."""
    shutil.copy(SERVERS / "lesson.py", tmp_path / "server.py")


def found_and_conforming(ran: Ran) -> None:
    report = ran.whole
    assert ran.code == 0, ran.said
    assert report["verdict"] == "conforming"
    assert report["target"]["address"] == "tcp://127.0.0.1:65432"
    assert (report["target"]["profile"], report["target"]["profile_source"]) == (
        "one-shot",
        "detected",
    )
    assert ran.ids("flaky", "inconclusive") == set()
    # It sets no SO_REUSEADDR, so a restart fails while an old connection waits: a 'should'.
    assert ran.ids("failed") <= {"launch/restarts"}
    assert "one-shot (detected" in ran.said
    assert ran.left == []


def test_the_lesson_conforms(check: Check, own_network: list[str]) -> None:
    """Found, one-shot, detected, conforming: a part of the contract."""
    ran = check(*FAST, *COMMAND, prefix=own_network)
    found_and_conforming(ran)
    assert ran.check("shutdown/exit-status")["status"] == "passed"


def test_the_lesson_without_a_network_of_its_own(check: Check) -> None:
    """The same among everybody else's ports, unless somebody holds the lesson's."""
    ran = check("--only", "identity/hello", "--fuzz", "0", *COMMAND)
    problem = ran.whole["problem"]
    if ran.code == 3 and "65432" in problem["message"]:
        pytest.skip(problem["message"].partition(";")[0])
    found_and_conforming(ran)


@pytest.mark.slow
@pytest.mark.timeout(60 * 60)
def test_the_lesson_conforms_20_times_in_a_row(check: Check, own_network: list[str]) -> None:
    """The whole contract, nothing else on the line."""
    for _ in range(20):
        found_and_conforming(check(*COMMAND, prefix=own_network))
