"""A must that was not judged leaves the run undecided, whoever asks."""

from __future__ import annotations

import pytest

import harness
from harness.contract.check import Check, Context
from harness.errors import MachineProblem
from harness.running.lane import Lane
from harness.values.verdict import Result
from tests.conftest import Run
from tests.support.commands import REFERENCE

IDS = ("identity/hello", "chunking/prompt", "resources/descriptors")
CHOSEN = [word for check_id in IDS for word in ("--only", check_id)]
NO_PORTS = "the machine ran out of ports"


@pytest.fixture
def lacks(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Checks for which the machine lacks something."""
    ids: set[str] = set()
    judge = Lane._judge

    def judged(lane: Lane, check: Check, context: Context) -> Result:
        if check.id in ids:
            raise MachineProblem(NO_PORTS)
        return judge(lane, check, context)

    monkeypatch.setattr(Lane, "_judge", judged)
    return ids


def test_an_inconclusive_must(run: Run, lacks: set[str]) -> None:
    """Exit 4, though all else passed, and the last lines say what was not judged, and why."""
    lacks.add("chunking/prompt")
    done = run("check", "-q", *CHOSEN, "--profile", "sequential", "--", *REFERENCE)
    assert done.code == 4
    lines = done.out.splitlines()
    assert lines[0].startswith("undecided  2 passed, 1 inconclusive")
    assert lines[-1] == f"  1 check not judged: {NO_PORTS}"


def test_an_inconclusive_should(run: Run, lacks: set[str]) -> None:
    """It leaves nothing open that the verdict is about, and is told all the same."""
    lacks.add("resources/descriptors")
    done = run("check", "-q", *CHOSEN, "--profile", "sequential", "--", *REFERENCE)
    assert done.code == 0
    assert f"1 check not judged (it is no must): {NO_PORTS}" in done.out


def test_from_python(lacks: set[str]) -> None:
    """Not ok, nothing accused, and the assertion says why."""
    lacks.update(IDS)
    chosen = harness.check(REFERENCE, only=list(IDS), profile="sequential")
    assert not chosen.ok
    assert chosen.verdict is harness.Verdict.UNDECIDED
    assert chosen.failures() == []
    with pytest.raises(AssertionError, match=r"3 checks not judged \(2 of them must\)"):
        harness.assert_conforms(REFERENCE, only=list(IDS), profile="sequential")
