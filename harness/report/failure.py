"""One failed check on the terminal: what was required, what happened, why, and how to repeat it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct
from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from harness.report import hexdump, words
from harness.report.console import Symbols
from harness.report.folding import Fold
from harness.values.verdict import Finding, Result

INDENT = 2
TIMELINE = 12
"""Lines of the timeline; the first and the last tell the most."""


class Layout(Struct, frozen=True):
    """How much room there is and how much is to be said."""

    width: int
    symbols: Symbols
    strict: bool = False
    verbose: int = 0

    def symbol(self, standing: words.Standing) -> Text:
        return Text(self.symbols.standing[standing], style=f"standing.{standing}")


TOLD = 4
"""Sentences of evidence, and as many of what was tried."""


def cause(fold: Fold) -> Iterator[RenderableType]:
    """A likely bug: what to do, what it is concluded from, and where more is said of it."""
    yield _fields(
        ("likely bug", f"{fold.title} ({fold.confidence})"),
        ("what to do", fold.hint),
        *_listed("seen by", fold.evidence[:TOLD]),
        *_listed("tried", fold.experiments[:TOLD]),
        ("more", f"echo-harness explain {fold.cause}"),
        indent=0,
    )
    yield Text()


def clues(fold: Fold) -> Iterator[tuple[str, str]]:
    """What is known of failures that have no likely bug: what they have in common, lines to look
    at, and what was tried."""
    if not fold.cause:
        yield from _listed("clue", fold.evidence[:TOLD])
        yield from _listed("tried", fold.experiments[:TOLD])


def _listed(label: str, lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    for i, line in enumerate(lines):
        yield "" if i else label, line


def failure(
    result: Result, layout: Layout, of: str = "", clues: Iterable[tuple[str, str]] = ()
) -> Iterator[RenderableType]:
    """The whole block of one failed check; ``of``: the cause that was told before, if one was;
    ``clues``: labels and sentences that may have to do with a failure that has none."""
    yield title(result, layout)
    yield _fields(("required", result.requirement), *_happened(result))
    for finding in result.findings if layout.verbose > 1 else result.findings[:1]:
        yield from _evidence(finding, layout)
    yield from _timeline(result, layout)
    yield from _output(result, layout)
    if result.diagnosis is not None and not of:
        yield Text()
        yield _fields(
            ("likely bug", words.likely_bug(result) or words.no_bug(result)),
            *clues,
            ("what to do", result.diagnosis.hint),
        )
    yield from _repeat(result)
    yield Text()


def title(result: Result, layout: Layout) -> Text:
    """Symbol, id, level and basis."""
    standing = words.standing(result, strict=layout.strict)
    source = words.basis(result.basis)
    name = (words.one_line(result.id), f"standing.{standing}")
    text = Text.assemble(layout.symbol(standing), " ", name)
    facts = [result.level.value, *([source] if source else [])]
    text.append(f"  {f' {layout.symbols.dot} '.join(facts)}", style="faint")
    return text


def unwrapped(text: Text) -> Text:
    """``text`` on one line however long it is: something to copy."""
    text.no_wrap, text.overflow = True, "ignore"
    return text


def _fields(*pairs: tuple[str, str], indent: int = INDENT) -> RenderableType:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="label", no_wrap=True, min_width=10)
    grid.add_column(overflow="fold")
    for label, value in pairs:
        if value:
            grid.add_row(label, words.one_line(value))
    return Padding(grid, (0, 0, 0, indent))


def _happened(result: Result) -> Iterator[tuple[str, str]]:
    yield from _listed("happened", words.happened_shown(result))


def _evidence(finding: Finding, layout: Layout) -> Iterator[RenderableType]:
    window = hexdump.window(finding)
    if window is None:
        return
    room = layout.width - INDENT
    per_row = hexdump.WIDE if hexdump.columns(window, hexdump.WIDE) <= room else hexdump.NARROW
    yield Text()
    for line in hexdump.lines(window, per_row):
        text = Text(" " * INDENT)
        for span in line:
            text.append(span.text, style=f"hex.{span.role}")
        text.rstrip()
        yield unwrapped(text)


def _timeline(result: Result, layout: Layout) -> Iterator[RenderableType]:
    lines = words.timeline(result, TIMELINE if layout.verbose < 2 else len(result.timeline))
    if lines:
        yield Text()
        yield Padding(Text("timeline", style="label"), (0, 0, 0, INDENT))
        yield Padding(Text("\n".join(lines)), (0, 0, 0, INDENT))


def _output(result: Result, layout: Layout) -> Iterator[RenderableType]:
    lines = words.printable(result.output).rstrip().splitlines()
    if not lines:
        return
    yield Text()
    yield Padding(Text("last output of the target", style="label"), (0, 0, 0, INDENT))
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(style="faint")
    grid.add_column(overflow="fold")
    for line in lines:
        grid.add_row(layout.symbols.bar, line)
    yield Padding(grid, (0, 0, 0, INDENT))


def _repeat(result: Result) -> Iterator[RenderableType]:
    files = (("case file", result.case or ""), ("capture", result.capture or ""))
    for label, command in (("repeat", result.repeat), *files):
        if command:
            name = (" " * INDENT + f"{label:<10}  ", "label")
            yield unwrapped(Text.assemble(name, (words.command_line(command), "command")))
