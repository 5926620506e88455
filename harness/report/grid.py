"""Many targets side by side: a line for each, and the grid of checks by targets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TextIO

from rich.cells import cell_len
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from harness.report import words
from harness.report.comparison import rows
from harness.report.console import Symbols, make_console, symbols_for
from harness.report.words import Standing
from harness.values.address import Transport
from harness.values.report import Report, TargetInfo

Reports = Mapping[str, Report]


MOST_SIDE_BY_SIDE = 12
"""Targets in a grid that somebody reads on a terminal; more are in the reports."""


def show(
    reports: Reports,
    stream: TextIO,
    *,
    color: bool | None = None,
    overview: bool = True,
    causes: bool = False,
) -> None:
    """Print the summary to ``stream``, and with ``overview`` the grid before it.

    ``causes``: the likely bugs of each target stand in its line of the summary.
    """
    reports = words.cleaned(dict(reports))
    console = make_console(stream, color=color, width=None)
    symbols = symbols_for(stream.encoding)
    console.print()
    if overview:
        for item in grid(reports, symbols, console.width):
            console.print(item)
        console.print()
    console.print(summary(reports, causes=causes, width=console.width))


def summary(reports: Reports, *, causes: bool = False, width: int | None = None) -> Table:
    """A line a target: the verdict, the counts, the profile, the duration, perhaps the causes.

    These have a column of their own where the lines fit into ``width`` then; else they stand below
    the counts, as narrow columns would break every word.
    """
    rows = [_cells(number, *each) for number, each in enumerate(reports.items(), 1)]
    found = [", ".join(cause.id for cause in each.causes) for each in reports.values()]
    if causes:
        rows = [(*cells, Text(ids)) for cells, ids in zip(rows, found, strict=True)]
        if width is not None and _width(rows) > width:
            rows = [_below(cells) for cells in rows]
    table = Table.grid(padding=(0, GAP, 0, 0))
    for column in range(max(map(len, rows), default=0)):
        table.add_column(**({"no_wrap": True} if column in UNBROKEN else {"overflow": "fold"}))
    for cells in rows:
        table.add_row(*cells)
    return table


UNBROKEN = (0, 2)
"""Columns of the summary with words that are not broken: the number, the verdict."""
COUNTS = 3
"""The column with the counts, or why there are none."""

Cells = tuple[Text, ...]


def _cells(number: int, name: str, report: Report) -> Cells:
    return (
        Text(str(number), "faint"),
        Text(words.one_line(name), "strong"),
        Text(words.verdict(report), f"verdict.{report.verdict}"),
        Text(words.outcome(report)),
        Text(_kind(report.target), "faint"),
        Text(words.seconds(report.duration_s), "faint"),
    )


def _kind(target: TargetInfo) -> str:
    """The profile, and the transport if it is another than most servers have."""
    over = "" if target.transport in (None, Transport.TCP) else f"over {target.transport}"
    return " ".join(filter(None, (target.profile, over)))


def _width(rows: Sequence[Cells]) -> int:
    """The columns of the terminal that ``rows`` take when no line is broken."""
    widths = [max(cell_len(cell.plain) for cell in column) for column in zip(*rows, strict=True)]
    return sum(widths) + GAP * (len(widths) - 1)


def _below(cells: Cells) -> Cells:
    """``cells`` with the last one, the causes, below the counts."""
    *others, causes = cells
    if causes.plain:
        others[COUNTS] = Text("\n").join([others[COUNTS], causes])
    return tuple(others)


def grid(reports: Reports, symbols: Symbols, width: int) -> Iterator[RenderableType]:
    """A row a check, a column a target; then what the symbols mean.

    Columns bear the targets' names where there is room, else their numbers in the summary.
    """
    found = rows(reports)
    names = [words.one_line(name) for name in reports]
    longest = max(map(cell_len, found), default=0)
    room = width - longest
    fits = sum(cell_len(name) + GAP for name in names) <= room
    heads = names if fits else [str(n) for n in range(1, len(names) + 1)]
    for part in parts([len(head) + GAP for head in heads] if not fits else [], room, len(heads)):
        yield _block(found, list(reports.values()), heads, part, symbols)
    some_missing = any(map(words.not_run, reports.values()))
    used = {s for row in found.values() for s in row if s is not None}
    yield _legend(used, symbols, some_missing)


GAP = 2
"""Columns of the terminal between two of the table."""


def parts(widths: Sequence[int], room: int, count: int) -> list[range]:
    """``count`` columns in as many blocks as are needed, each at most ``room`` wide; one column
    is a block of its own if need be.  Without ``widths`` all fit."""
    if not widths:
        return [range(count)]
    found, begin, used = list[range](), 0, 0
    for at, width in enumerate(widths):
        if at > begin and used + width > room:
            found.append(range(begin, at))
            begin, used = at, 0
        used += width
    return [*found, range(begin, count)]


def _block(
    found: Mapping[str, Sequence[Standing | None]],
    reports: Sequence[Report],
    heads: Sequence[str],
    part: range,
    symbols: Symbols,
) -> Table:
    """All checks by some of the targets.  No id of a check is cut: it is what a row is about."""
    table = Table.grid(padding=(0, GAP, 0, 0))
    table.add_column(no_wrap=True, overflow="ignore")
    for n in part:
        table.add_column(no_wrap=True, min_width=cell_len(heads[n]))
    if part.start:
        table.add_row("")
    table.add_row("", *(Text(heads[n], "strong") for n in part))
    group = ""
    for check_id, row in found.items():
        if group and not check_id.startswith(group):
            table.add_row("")
        group = check_id.partition("/")[0] + "/"
        cells = [
            Text(symbols.dot, "faint")
            if check_id in words.not_run(reports[n])
            else _cell(row[n], symbols)
            for n in part
        ]
        table.add_row(Text(words.one_line(check_id)), *cells)
    return table


def _cell(standing: Standing | None, symbols: Symbols) -> Text:
    if standing is None:
        return Text()
    return Text(symbols.standing[standing], f"standing.{standing}")


def _legend(used: set[Standing], symbols: Symbols, some_missing: bool) -> Text:
    text = Text("\n")
    for standing in Standing:
        if standing in used:
            text.append_text(_cell(standing, symbols)).append(f" {standing}   ", "faint")
    if some_missing:
        text.append(f"{symbols.dot} did not run", "faint")
    return text
