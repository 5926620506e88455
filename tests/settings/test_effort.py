"""How much a run takes on: asked for in every way, told in the report, and the same ids."""

from __future__ import annotations

import sys

import pytest

from harness.api import settings
from harness.errors import UsageProblem
from harness.report import render
from harness.running.patience import Patience
from harness.running.record import Record
from harness.settings.run import FUZZ_AT
from harness.values.effort import Effort

ECHO = [sys.executable, "-m", "echo_ref"]


def test_an_effort_chooses_among_three() -> None:
    """What a check does at each stands side by side."""
    assert [effort.of(1, 2, 3) for effort in Effort] == [1, 2, 3]


@pytest.mark.parametrize("effort", Effort)
def test_the_fuzz_at_the_end_is_as_long_as_the_effort_says(effort: Effort) -> None:
    """Unless the user says how long."""
    assert settings(ECHO, effort=effort).fuzz == FUZZ_AT[effort]
    assert settings(ECHO, effort=effort.value, fuzz=7).fuzz == 7


def test_another_word_is_refused_with_what_was_meant() -> None:
    """As every option."""
    with pytest.raises(UsageProblem, match="one of quick, normal, thorough") as refused:
        settings(ECHO, effort="through")
    assert "thorough" in refused.value.advice


def test_the_report_says_how_much_was_tried() -> None:
    """In JSON, and in the commands that repeat the run or a check."""
    record = Record(settings(ECHO, effort="quick"), [])
    report = record.report(1.0)
    assert '"effort": "quick"' in render("json", report)
    assert "--effort quick" in report.tool.command
    assert "--effort quick" in record.repeat("identity/hello")
    usual = Record(settings(ECHO), [])
    assert "--effort" not in usual.report(1.0).tool.command + usual.repeat("identity/hello")


def test_a_thorough_run_may_take_minutes() -> None:
    """A plan that waits for a minute on purpose is not left as too slow."""
    usual, long = Patience(3.0), Patience(3.0, Effort.THOROUGH)
    assert usual.limit(3.0) <= 15 and long.limit(3.0) >= 200
    long.begin(0.0)
    usual.begin(0.0)
    assert long.left - usual.left > 600
