"""Many targets: what is said of those that got no verdict."""

from __future__ import annotations

import pytest

from harness.cli.many import Many, Sheet, unjudged
from harness.cli.running import Output
from tests.report.samples import SAMPLES


def test_targets_that_were_not_judged_are_named() -> None:
    """The first of many, and how many more there are."""
    assert unjudged(["bob", "e\nve"], 3) == "not judged: 2 of 3 targets (bob, e ve)"
    assert unjudged([f"t{n}" for n in range(20)], 24).endswith("t10, t11, and 8 more)")


def test_an_interrupted_table_says_that_lines_are_missing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Otherwise a student without a line would be overlooked."""
    sheet = Sheet(
        ("ann", "bob"), Output((), quiet=True), Many("echo-harness compare x", course=True)
    )
    sheet.found["ann"] = SAMPLES["conforming"]
    assert sheet.close(interrupted=True) == 130
    assert capsys.readouterr().err == "not judged: 1 of 2 targets (bob)\n"
    sheet.found["bob"] = SAMPLES["conforming"]
    sheet.close(interrupted=False)
    assert capsys.readouterr().err == ""
