"""One launched target, judged check by check."""

from __future__ import annotations

from typing import Any

import pytest

from harness import Session, Status, TargetProblem, UsageProblem, check
from harness.api import settings
from harness.contract.catalogue import find
from harness.errors import HarnessFault
from harness.running.results import OUT_OF_TIME, result_of
from harness.values.events import CheckFinished
from tests.support.commands import NEVER, REFERENCE, UPPER

IDS = ["identity/hello", "chunking/prompt", "sessions/churn"]


@pytest.mark.parametrize("ahead", [False, True])
def test_checks_are_performed_one_by_one(ahead: bool) -> None:
    """In whatever order they are asked for, with or without a head start."""
    with Session(settings(REFERENCE, profile="sequential")) as session:
        if ahead:
            session.ahead(IDS)
        results = [session.run(check_id) for check_id in reversed(IDS)]
    statuses = [r.status for r in results]
    assert statuses == [Status.SKIPPED, Status.PASSED, Status.PASSED]
    assert [r.id for r in results] == IDS[::-1]


def test_only_a_whole_run_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """What came after it is inconclusive and says so; single checks, between which a test runner
    takes its time, and runs at a rate, which are slow on purpose, have none."""
    monkeypatch.setattr("harness.running.patience.LONGEST_RUN", 0)
    chosen: dict[str, Any] = {"only": ("identity/hello", "fuzz/plans"), "profile": "sequential"}
    for more, status in (({}, Status.INCONCLUSIVE), ({"rate": 1000.0}, Status.PASSED)):
        report = check(REFERENCE, fuzz=5, **chosen, **more)
        assert [r.status for r in report.checks] == [status, status]
        late = [OUT_OF_TIME in r.summary for r in report.checks]
        assert late == [status is Status.INCONCLUSIVE] * 2
    with Session(settings(REFERENCE, profile="sequential", fuzz=5)) as session:
        for check_id in chosen["only"]:
            assert session.run(check_id).status is Status.PASSED


def test_fuzz_is_one_more_check() -> None:
    """With as many sessions as the settings say; 0 skips it."""
    with Session(settings(REFERENCE, profile="sequential", fuzz=10)) as session:
        assert session.run("fuzz/plans").status is Status.PASSED
    with Session(settings(REFERENCE, profile="sequential", fuzz=0)) as session:
        session.ahead(["fuzz/plans"])
        assert session.run("fuzz/plans").status is Status.SKIPPED


def test_a_failure_has_its_evidence() -> None:
    """As in a whole run, the command that repeats it included."""
    with Session(settings(UPPER, expected_failures={"identity/newlines": "?"})) as session:
        broken = session.run("identity/hello")
        assert broken.status is Status.FAILED
        assert broken.diagnosis is not None
        assert "--only identity/hello" in broken.repeat
        surprise = session.run("identity/newlines")
        assert surprise.surprising or surprise.expected == "?"
        assert session.target.address is not None


@pytest.mark.parametrize("ahead", [False, True])
def test_a_session_that_fails_fast_performs_nothing_more(
    ahead: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it has not come to is no pass, and no fault of ours."""
    ids = ["identity/hello", "chunking/prompt"]
    with Session(settings(UPPER, profile="sequential", fail_fast=True)) as session:
        if ahead:  # the lanes are stopped at once
            broken = result_of(find(ids[0]), Status.FAILED)
            told = CheckFinished(session._run.record.add(broken))
            monkeypatch.setattr(session._run, "checks", lambda *_: (e for e in [told]))
            session.ahead(ids)
        first, left = map(session.run, ids)
    assert (first.status, left.status) == (Status.FAILED, Status.INCONCLUSIVE)
    assert "did not run" in left.summary


def test_closing_early_ends_what_is_under_way() -> None:
    """Nothing is waited for but the check that each lane performs."""
    session = Session(settings(REFERENCE, profile="sequential"))
    session.start()
    session.ahead(["identity/hello", "shutdown/idle-kept", "resources/memory"])
    session.close()


def test_problems_are_raised_where_they_arise() -> None:
    """At the start when the target does not; at the call when there is no such check."""
    with pytest.raises(TargetProblem):
        Session(settings(NEVER)).start()
    with pytest.raises(UsageProblem):
        Session(settings(REFERENCE)).run("identity/hallo")
    with pytest.raises(HarnessFault):
        Session(settings(REFERENCE)).run("identity/hello")
