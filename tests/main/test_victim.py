"""A target that turns on the harness: the run ends, accuses nobody of it, and leaves nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.main.conftest import Check, Script
from tests.main.running import Ran, python

HOSTILE = Path(__file__).parent.parent / "hostile" / "targets"
SOME = ("--only", "identity/hello", "--fuzz", "0")


def honest(ran: Ran) -> None:
    """Nothing left, a whole report, no accusation and no fault of the harness in it."""
    assert ran.left == []
    assert "Traceback" not in ran.err
    assert ran.whole["counts"]["failed"] == 0
    assert ran.code in (0, 4), ran.said


@pytest.mark.parametrize(
    "name",
    [
        "asks_to_be_traced",
        "forgets_environment",
        "kills_nursery",
        "stops_warden",
        "stops_warden_and_nursery",
        "storms",
        "subreaper_of_daemons",
        "vandal",
    ],
)
def test_what_does_no_harm_is_judged_as_ever(check: Check, name: str) -> None:
    """The harness is stopped, robbed or left, mends that, and finds a correct echo server."""
    ran = check(*SOME, *python(HOSTILE / f"{name}.py"))
    honest(ran)
    assert ran.code == 0, ran.said


@pytest.mark.parametrize("name", ["kills_warden", "steals_control_socket"])
def test_what_takes_the_warden_away_is_not_judged(check: Check, name: str) -> None:
    """What had to be killed with it says nothing about the target."""
    honest(check(*SOME, *python(HOSTILE / f"{name}.py")))


def test_who_takes_the_warden_away_at_once_is_told_of_it(check: Check, script: Script) -> None:
    """One problem, in a sentence, and what to think of."""
    kill = "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\nsignal.pause()\n"
    ran = check(*SOME, *script(kill))
    honest(ran)
    assert ran.code == 4
    assert "the process that looks after the targets was killed" in ran.said
    assert "Did the target do that" in ran.said


def test_a_target_that_kills_the_harness_ends_with_it(check: Check) -> None:
    """There is no report then, and nothing else either."""
    ran = check(*SOME, *python(HOSTILE / "kills_harness.py"))
    assert ran.code == -9
    assert ran.left == []
