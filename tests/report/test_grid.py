"""Many targets side by side, on whatever terminal."""

from __future__ import annotations

import io

import msgspec
import pytest

from harness.report.console import make_console, symbols_for
from harness.report.grid import grid, parts, summary
from harness.values.address import Transport
from harness.values.report import Report
from tests.report.samples import SAMPLES


def test_columns_are_put_into_blocks() -> None:
    """As many as there is room for; one that is too wide has a block of its own."""
    assert parts([], 10, 30) == [range(30)]
    assert parts([3, 3, 3, 3], 7, 4) == [range(2), range(2, 4)]
    assert parts([9, 3], 5, 2) == [range(1), range(1, 2)]
    assert parts([3], 0, 1) == [range(1)]


def shown(report: Report, width: int) -> list[str]:
    """The lines of the summary of one target, with its causes."""
    stream = io.StringIO()
    table = summary({"ann": report}, causes=True, width=width)
    make_console(stream, color=False, width=width).print(table)
    return [line.rstrip() for line in stream.getvalue().splitlines()]


def test_causes_stand_below_the_counts_where_there_is_no_room_beside_them() -> None:
    """Else each column is so narrow that its words are broken."""
    found = SAMPLES["causes"]
    beside, *more = shown(found, 140)
    assert beside.endswith("line-ends-dropped, never-closes, unexplained")
    assert not more
    first, *below = shown(found, 80)
    assert first.startswith("1  ann  nonconforming  ")
    assert "failed" in first
    lines = [" ".join(line.split()) for line in below]
    assert " ".join(lines) == "line-ends-dropped, never-closes, unexplained"
    assert len(lines) == 2  # which is what 80 columns have room for


def test_a_server_of_datagrams_is_no_other_that_conforms() -> None:
    """Who asked for TCP would take it for one."""
    over = msgspec.structs.replace(SAMPLES["conforming"].target, transport=Transport.UDP)
    (line,) = shown(msgspec.structs.replace(SAMPLES["conforming"], target=over), 100)
    assert "sequential over udp" in line
    assert "over" not in shown(SAMPLES["conforming"], 100)[0]


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
