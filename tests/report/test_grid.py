"""Many targets side by side, on whatever terminal."""

from __future__ import annotations

import io

import pytest

from harness.report.console import make_console, symbols_for
from harness.report.grid import grid, parts, summary
from tests.report.samples import SAMPLES


def test_columns_are_put_into_blocks() -> None:
    """As many as there is room for; one that is too wide has a block of its own."""
    assert parts([], 10, 30) == [range(30)]
    assert parts([3, 3, 3, 3], 7, 4) == [range(2), range(2, 4)]
    assert parts([9, 3], 5, 2) == [range(1), range(1, 2)]
    assert parts([3], 0, 1) == [range(1)]


@pytest.mark.parametrize("width", [30, 40, 80])
def test_no_id_of_a_check_and_no_verdict_is_cut(width: int) -> None:
    """On a narrow terminal the grid has several blocks, each with all checks."""
    reports = {f"t{n}": SAMPLES["mixed"] for n in range(24)}
    stream = io.StringIO()
    console = make_console(stream, color=False, width=width)
    for item in grid(reports, symbols_for("utf-8"), width):
        console.print(item)
    console.print(summary(reports))
    lines = stream.getvalue().splitlines()
    ids = {check.id for check in SAMPLES["mixed"].checks}
    assert ids <= {line.split()[0] for line in lines if line.strip()}
    heads = [word for line in lines if line.startswith("  ") for word in line.split()]
    assert [head for head in heads if head.isdigit()][:24] == [str(n) for n in range(1, 25)]
    assert sum(SAMPLES["mixed"].verdict.value in line for line in lines) == 24
