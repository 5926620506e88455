"""What single results add up to."""

from __future__ import annotations

import msgspec
import pytest

from harness.errors import EchoHarnessError, HarnessFault, MachineProblem, TargetProblem
from harness.running.record import Record
from harness.settings.run import Settings
from harness.values.target import TargetSpec
from harness.values.verdict import (
    EXIT_CODE,
    Level,
    Result,
    Status,
    Verdict,
    conclude,
    counts_against,
)

MUST, SHOULD, MAY = Level.MUST, Level.SHOULD, Level.MAY
PASSED, FAILED, FLAKY = Status.PASSED, Status.FAILED, Status.FLAKY
SKIPPED, INCONCLUSIVE = Status.SKIPPED, Status.INCONCLUSIVE


def result(status: Status, level: Level = MUST) -> Result:
    return Result(
        id="identity/hello",
        level=level,
        status=status,
        duration_s=0.0,
        requirement="It echoes.",
        basis="862",
        summary="",
    )


@pytest.mark.parametrize(
    ("results", "verdict", "strict_verdict"),
    [
        ([(PASSED, MUST)], Verdict.CONFORMING, Verdict.CONFORMING),
        ([(PASSED, MAY)], Verdict.CONFORMING, Verdict.CONFORMING),
        ([(PASSED, MUST), (FAILED, MUST)], Verdict.NONCONFORMING, Verdict.NONCONFORMING),
        ([(PASSED, MUST), (FAILED, SHOULD)], Verdict.CONFORMING, Verdict.NONCONFORMING),
        ([(PASSED, MUST), (FAILED, MAY)], Verdict.CONFORMING, Verdict.CONFORMING),
        ([(FAILED, SHOULD)], Verdict.CONFORMING, Verdict.NONCONFORMING),
        ([(FAILED, MAY)], Verdict.UNDECIDED, Verdict.UNDECIDED),
        ([(PASSED, MUST), (FLAKY, MUST)], Verdict.UNDECIDED, Verdict.UNDECIDED),
        ([(PASSED, MUST), (INCONCLUSIVE, MUST)], Verdict.UNDECIDED, Verdict.UNDECIDED),
        ([(PASSED, MUST), (FLAKY, SHOULD)], Verdict.CONFORMING, Verdict.CONFORMING),
        ([(PASSED, MUST), (INCONCLUSIVE, SHOULD)], Verdict.CONFORMING, Verdict.CONFORMING),
        ([(PASSED, MUST), (INCONCLUSIVE, MAY)], Verdict.CONFORMING, Verdict.CONFORMING),
        ([(FAILED, MUST), (INCONCLUSIVE, MUST)], Verdict.NONCONFORMING, Verdict.NONCONFORMING),
        ([(FAILED, SHOULD), (FLAKY, MUST)], Verdict.UNDECIDED, Verdict.NONCONFORMING),
        ([(PASSED, MUST), (SKIPPED, MUST)], Verdict.CONFORMING, Verdict.CONFORMING),
        ([(FLAKY, MUST)], Verdict.UNDECIDED, Verdict.UNDECIDED),
        ([(INCONCLUSIVE, MUST), (SKIPPED, MUST)], Verdict.UNDECIDED, Verdict.UNDECIDED),
        ([], Verdict.UNDECIDED, Verdict.UNDECIDED),
    ],
)
def test_the_verdict_on_a_run(
    results: list[tuple[Status, Level]], verdict: Verdict, strict_verdict: Verdict
) -> None:
    """A failed must accuses, a should only when strict; a run conforms when no must is left open,
    and something was verified."""
    made = [result(status, level) for status, level in results]
    assert conclude(made, strict=False) is verdict
    assert conclude(made, strict=True) is strict_verdict


@pytest.mark.parametrize("left", ["identity/hello", "resources/memory"])
def test_a_run_that_ended_early_never_conforms(left: str) -> None:
    """Whatever it is that did not run; a failure before counts all the same."""
    assert conclude([result(PASSED)], strict=False, not_run=[left]) is Verdict.UNDECIDED
    broken = [result(PASSED), result(FAILED)]
    assert conclude(broken, strict=False, not_run=[left]) is Verdict.NONCONFORMING


@pytest.mark.parametrize("strict", [False, True])
def test_an_expected_failure_accuses_nobody_and_verifies_nothing(strict: bool) -> None:
    """It does not count, whatever its level, and alone it leaves the run undecided."""
    for level in Level:
        expected = msgspec.structs.replace(result(FAILED, level), expected="known, see issue 7")
        assert not counts_against(expected, strict=strict)
        assert conclude([expected], strict=strict) is Verdict.UNDECIDED
        assert conclude([expected, result(PASSED)], strict=strict) is Verdict.CONFORMING


@pytest.mark.parametrize("level", list(Level))
def test_what_passes_although_expected_to_fail_counts(level: Level) -> None:
    """Whatever its level: the expectation is wrong, and should go."""
    surprising = msgspec.structs.replace(result(FAILED, level), surprising=True)
    assert conclude([surprising, result(PASSED)], strict=False) is Verdict.NONCONFORMING


@pytest.mark.parametrize(
    ("problem", "code"),
    [(TargetProblem("gone"), 4), (MachineProblem("no ports"), 4), (HarnessFault("oh"), 70)],
    ids=lambda value: type(value).__name__,
)
def test_a_problem_in_mid_run_leaves_it_undecided(problem: EchoHarnessError, code: int) -> None:
    """Though all that ran has passed: the rest is named as what did not run."""
    settings = Settings(target=TargetSpec(command=("server",)))
    record = Record(settings, ["identity/hello", "identity/one-byte"])
    record.add(result(PASSED))
    record.add_problem(problem)
    report = record.report(1.0)
    assert (report.verdict, report.exit_code) == (Verdict.UNDECIDED, code)
    assert (report.not_run, report.stopped) == (("identity/one-byte",), "problem")
    record.add(result(FAILED))
    assert record.report(1.0).verdict is Verdict.NONCONFORMING


@pytest.mark.parametrize(
    ("strict", "level", "expected", "stops"),
    [
        (False, MUST, (), True),
        (False, SHOULD, (), False),
        (True, SHOULD, (), True),
        (True, MUST, (("identity/hello", "issue 7"),), False),
    ],
)
def test_what_stops_a_run_that_fails_fast(
    strict: bool, level: Level, expected: tuple[tuple[str, str], ...], stops: bool
) -> None:
    """What counts against the target, and nothing else."""
    target = TargetSpec(command=("server",))
    record = Record(Settings(target=target, strict=strict, expected=expected), ["identity/hello"])
    record.add(result(FAILED, level))
    assert record.has_failed is stops


def test_exit_codes_are_those_of_the_manual() -> None:
    """0 conforming, 1 nonconforming, 3 untestable, 4 undecided."""
    assert EXIT_CODE == {
        Verdict.CONFORMING: 0,
        Verdict.NONCONFORMING: 1,
        Verdict.UNTESTABLE: 3,
        Verdict.UNDECIDED: 4,
    }
