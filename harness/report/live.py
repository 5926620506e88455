"""The line that moves while a run is under way on a terminal."""

from __future__ import annotations

import time

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from harness.report import words
from harness.report.console import Symbols
from harness.report.words import Standing
from harness.values.events import CheckFinished, CheckStarted, Event, FuzzProgress
from harness.values.report import FuzzStats
from harness.values.verdict import Result

REFRESH = 8
"""Redraws a second: enough to look alive, too few to cost anything."""


WORTH_TELLING = 5.0
"""Seconds.  What is over sooner needs no announcement."""


class Progress:
    """What is known so far; draws itself in two lines at most."""

    def __init__(self, total: int, symbols: Symbols, *, ascii_only: bool) -> None:
        self._symbols = symbols
        self._spinner = Spinner("line" if ascii_only else "dots", style="notice")
        self._started = time.monotonic()
        self._results: list[Result] = []
        self._running: dict[str, float] = {}
        """Id to when it will have waited as long as it means to."""
        self._total = total
        self._fuzz: tuple[FuzzStats, str] | None = None
        self._fuzz_ends: float | None = None

    def update(self, event: Event) -> None:
        match event:
            case CheckStarted(id=id, total=total, waits=waits):
                self._running[id] = time.monotonic() + waits
                self._total = total
            case CheckFinished(result=result):
                self._running.pop(result.id, None)
                self._results.append(result)
            case FuzzProgress(stats=stats, phase=phase, rest=rest):
                self._fuzz = (stats, phase)
                self._fuzz_ends = None if rest is None else time.monotonic() + rest

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        elapsed = words.seconds(max(0.1, time.monotonic() - self._started))
        bar = ProgressBar(total=max(self._total, 1), completed=len(self._results), width=16)
        grid = Table.grid(padding=(0, 1, 0, 0))
        grid.add_column(no_wrap=True)
        grid.add_column(no_wrap=True)
        grid.add_column(no_wrap=True)
        grid.add_column(no_wrap=True, overflow="ellipsis")
        position = f"{len(self._results)}/{self._total}"
        facts = f" {self._symbols.dot} ".join([elapsed, *self._rest(), *self._found()])
        grid.add_row(self._spinner, bar, position, Text(facts))
        yield grid
        yield Text("  " + self._current(), style="faint", no_wrap=True, overflow="ellipsis")

    def _rest(self) -> list[str]:
        """How long it will take at least, by what is under way: long waits on purpose, and the
        fuzzer at its rate so far.  Nothing where that is a moment, or not known."""
        ends = [*self._running.values(), self._fuzz_ends or 0.0]
        rest = max(ends) - time.monotonic()
        return [f"at least {words.seconds(rest)} more"] if rest >= WORTH_TELLING else []

    def _found(self) -> list[str]:
        counts = words.tally(self._results, strict=False)
        return [
            words.counted(standing, n)
            for standing, n in counts.items()
            if standing not in (Standing.PASSED, Standing.SKIPPED)
        ]

    def _current(self) -> str:
        if self._fuzz is not None:
            return fuzz_line(*self._fuzz, self._symbols)
        return ", ".join(words.one_line(id) for id in self._running)


def fuzz_line(stats: FuzzStats, phase: str, symbols: Symbols) -> str:
    """Phase, sessions, rate, bytes, failures, seed."""
    rate = stats.sessions / stats.duration_s if stats.duration_s else 0.0
    facts = [
        f"fuzz: {words.one_line(phase)}",
        words.plural(stats.sessions, "session"),
        f"{rate:,.0f}/s",
        words.size(stats.bytes),
        words.plural(stats.failures, "failure"),
        f"seed {stats.seed}",
    ]
    return f" {symbols.dot} ".join(facts)


def start(console: Console, progress: Progress) -> Live:
    """Show ``progress`` until the result's ``stop`` is called; it leaves nothing behind."""
    live = Live(progress, console=console, refresh_per_second=REFRESH, transient=True)
    live.start()
    return live
