"""The terminal: what goes on while a run is under way, and everything that matters at its end."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TextIO

from rich.console import RenderableType
from rich.text import Text

from harness.host.streams import is_stuck, silence
from harness.report import show, words
from harness.report.console import is_terminal, make_console, symbols_for
from harness.report.failure import Layout, unwrapped
from harness.values.events import Event, FuzzProgress, Notice, RunFinished, RunStarted, TargetReady
from harness.values.report import Report, TargetInfo
from harness.values.verdict import Verdict

if TYPE_CHECKING:
    from rich.live import Live

    from harness.report.live import Progress

FUZZ_EVERY = 30.0
"""Seconds of fuzzing between two lines where nothing can be redrawn."""


class TerminalReporter:
    """Writes to ``stream``, with colours and a moving line if it is a terminal.

    ``quiet``: only failures and the headline.  ``verbose``: 1 shows each check, 2 all evidence.
    ``color``: None follows NO_COLOR, FORCE_COLOR and the stream.  ``width``: None asks it.
    """

    def __init__(
        self,
        stream: TextIO,
        *,
        quiet: bool = False,
        verbose: int = 0,
        color: bool | None = None,
        width: int | None = None,
    ) -> None:
        self._stream = stream
        self._quiet = quiet
        self._verbose = verbose
        self._console = make_console(stream, color=color, width=width)
        self._symbols = symbols_for(stream.encoding)
        self._moves = is_terminal(stream, os.environ) and not quiet
        self._progress: Progress | None = None
        self._live: Live | None = None
        self._fuzz_told = 0.0
        self._begun = False
        self._noticed = False

    def __str__(self) -> str:
        return "the terminal output"

    def handle(self, event: Event) -> None:
        try:
            self._handle(event)
        except OSError:
            self._live = None
            silence(self._stream)
            raise
        except KeyboardInterrupt:
            if is_stuck(self._stream):  # that is why: the rest would wait for its reader again
                silence(self._stream)
            raise

    def close(self) -> None:
        """Take the moving line away, whatever happened."""
        live, self._live = self._live, None
        if live is not None:
            live.stop()

    def _handle(self, event: Event) -> None:
        if self._progress is not None:
            self._progress.update(event)
        match event:
            case RunStarted():
                self._begin(event)
            case TargetReady(target=target):
                self._ready(target)
            case Notice(text=text):
                self._notice(text)
            case FuzzProgress() if not self._moves:
                self._tell_fuzz(event)
            case RunFinished(report=report):
                self.close()
                self.show(report)

    def show(self, report: Report) -> None:
        """All of ``report``: for a run that has just ended, or one that was saved."""
        report = words.cleaned(report)
        if not self._begun:
            self._heading(report.tool.version, words.tested(report), report.reference)
            self._ready(report.target)
            for text in report.notices:
                self._notice(text)
        layout = Layout(
            width=self._console.width,
            symbols=self._symbols,
            strict=report.strict,
            verbose=self._verbose,
        )
        if self._noticed:
            self._print(Text())
        if report.verdict is not Verdict.UNTESTABLE:  # then the problem says it all
            self._print_checks(report, layout)
        if report.problem is not None:
            self._print(*show.problem(report.problem))
        if self._verbose and report.environment is not None:
            self._print(show.place(report.environment, layout), Text())
        self._print(show.headline(report, layout), *show.in_short(report))
        self._print(*show.left_open(report))
        self._console.file.flush()

    def _print_checks(self, report: Report, layout: Layout) -> None:
        """The likely bugs first, as a line for each failed check fills a screen."""
        self._print(*show.failures(report, layout))
        if not self._quiet:
            if report.checks:
                self._print(*show.overview(report, layout), Text())
            self._print(*show.reasons(report, layout))

    def _begin(self, event: RunStarted) -> None:
        self._begun = True
        name = words.named(event.command, event.reference)
        self._heading(event.version, name, event.reference)
        if self._moves:
            from harness.report.live import Progress, start  # nobody sees it in a log

            ascii_only = not self._console.encoding.startswith("utf")
            self._progress = Progress(event.checks, self._symbols, ascii_only=ascii_only)
            self._live = start(self._console, self._progress)

    def _heading(self, version: str, target: str, reference: bool) -> None:
        """The first line.  Where no command was given, it is printed even with ``quiet``."""
        if not self._quiet or reference:
            name = (f"echo-harness {words.one_line(version)}", "strong")
            line = Text.assemble(name, "  ", (words.command_line(target), "command"))
            self._print(unwrapped(line))

    def _ready(self, target: TargetInfo) -> None:
        if self._quiet or target.profile is None:
            return
        facts = [f"listening on {target.address}" if target.address else "ready"]
        if target.ready_s is not None:
            facts[0] += f" after {words.seconds(target.ready_s)}"
        facts.append(words.profile(target, pin=False))
        facts += words.launch(target)
        facts += words.isolation(target)
        self._print(Text(words.one_line(f" {self._symbols.dot} ".join(facts)), "faint"))
        if self._verbose and target.not_isolated:
            self._print(Text(words.not_isolated(target.not_isolated), "faint"))
        self._print(Text())

    def _notice(self, text: str) -> None:
        if not self._quiet:
            self._noticed = True
            self._print(*show.notice(text))

    def _tell_fuzz(self, event: FuzzProgress) -> None:
        if not self._quiet and event.stats.duration_s - self._fuzz_told >= FUZZ_EVERY:
            from harness.report.live import fuzz_line

            self._fuzz_told = event.stats.duration_s
            self._print(Text(fuzz_line(event.stats, event.phase, self._symbols)))

    def _print(self, *items: RenderableType) -> None:
        for item in items:
            # print() puts texts together into a new one, which forgets how each is to wrap.
            text = item if isinstance(item, Text) else Text()
            self._console.print(item, crop=False, no_wrap=text.no_wrap, overflow=text.overflow)
        self._console.file.flush()
