"""Expected failures: they do not count, and one that passes does."""

from __future__ import annotations

import msgspec
import pytest

from harness.judging.expectations import meet
from harness.report import gaps, words
from harness.values.report import count
from harness.values.verdict import Level, Result, Status, Verdict, conclude, counts_against

REASON = "bug 12: fixed in the next release"
EXPECTED = {"identity/hello": REASON}


def result(status: Status, level: Level = Level.MUST, check_id: str = "identity/hello") -> Result:
    return Result(check_id, level, status, 0.1, "It is so.", "862", "seen")


def test_an_expected_failure_does_not_count() -> None:
    """The run conforms, and the report says which failure was expected and why."""
    met = meet(result(Status.FAILED), EXPECTED)
    assert (met.status, met.expected) == (Status.FAILED, REASON)
    passed = result(Status.PASSED, check_id="identity/one-byte")
    assert conclude([met, passed], strict=True) is Verdict.CONFORMING
    assert words.standing(met, strict=True) is words.Standing.EXPECTED
    assert gaps.by_reason([met]) == {REASON: ["identity/hello"]}
    assert (count([met, passed]).failed, count([met, passed]).expected) == (1, 1)


@pytest.mark.parametrize("level", list(Level))
def test_a_pass_that_is_not_expected_fails_the_run(level: Level) -> None:
    """Whatever its level and without --strict: the expectation is wrong."""
    met = meet(result(Status.PASSED, level), EXPECTED)
    assert met.status is Status.FAILED
    assert met.surprising
    assert REASON in met.summary
    assert counts_against(met, strict=False)
    assert words.standing(met, strict=False) is words.Standing.FAILED


@pytest.mark.parametrize("status", [Status.FLAKY, Status.SKIPPED, Status.INCONCLUSIVE])
def test_what_was_not_decided_stays_as_it_is(status: Status) -> None:
    """Neither met nor refuted."""
    assert meet(result(status), EXPECTED) == result(status)


def test_other_checks_are_left_alone() -> None:
    """An expectation is for one check."""
    other = result(Status.FAILED, check_id="identity/one-byte")
    assert meet(other, EXPECTED) is other


def test_expected_failures_alone_verify_nothing() -> None:
    """Nothing passed, so the run is undecided."""
    met = meet(result(Status.FAILED), EXPECTED)
    assert conclude([met], strict=False) is Verdict.UNDECIDED


@pytest.mark.parametrize(
    ("level", "strict", "counts"),
    [
        (Level.MUST, False, True),
        (Level.SHOULD, False, False),
        (Level.SHOULD, True, True),
        (Level.MAY, True, False),
    ],
)
def test_levels_weigh_as_before(level: Level, strict: bool, counts: bool) -> None:
    """A failed should counts only if strict, a may never."""
    assert counts_against(result(Status.FAILED, level), strict=strict) is counts


def test_old_reports_can_be_read() -> None:
    """A report that was saved before there were expectations."""
    old = msgspec.to_builtins(result(Status.FAILED))
    del old["expected"], old["surprising"]
    assert msgspec.convert(old, Result) == result(Status.FAILED)
