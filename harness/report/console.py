"""The console that terminal output goes to: its colours, its width and what it can encode."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import TextIO, cast

from msgspec import Struct
from rich.console import Console, ConsoleDimensions
from rich.theme import Theme

from harness.report.hexdump import Role
from harness.report.words import Standing
from harness.text.clean import defused
from harness.values.verdict import Verdict

_TRAILING = re.compile(r" +(?=\n)")

PLAIN_WIDTH = 100
"""Columns where there is no terminal to ask: log viewers show that much without scrolling."""

COLUMNS, LINES = (40, 400), (10, 400)
"""What the environment or a terminal may claim, at least and at most.  A narrower table would have
a letter in a row; a line as long as the width is drawn, and must fit into memory."""

THEME = Theme(
    {
        **{
            f"standing.{standing}": style
            for standing, style in {
                Standing.PASSED: "green",
                Standing.FAILED: "bold red",
                Standing.WARNING: "yellow",
                Standing.NOTE: "cyan",
                Standing.EXPECTED: "yellow",
                Standing.FLAKY: "magenta",
                Standing.INCONCLUSIVE: "yellow",
                Standing.SKIPPED: "dim",
            }.items()
        },
        **{
            f"verdict.{verdict}": style
            for verdict, style in {
                Verdict.CONFORMING: "bold green",
                Verdict.NONCONFORMING: "bold red",
                Verdict.UNTESTABLE: "bold magenta",
                Verdict.UNDECIDED: "bold yellow",
            }.items()
        },
        **{
            f"hex.{role}": style
            for role, style in {
                Role.PLAIN: "none",
                Role.LABEL: "dim",
                Role.OFFSET: "dim",
                Role.SAME: "none",
                Role.EXPECTED: "bold green",
                Role.GOT: "bold red",
                Role.MARK: "bold red",
            }.items()
        },
        "faint": "dim",
        "label": "dim",
        "strong": "bold",
        "notice": "cyan",
        "command": "cyan",
    },
    inherit=True,
)


class Symbols(Struct, frozen=True):
    """What stands before a line, and between facts."""

    standing: Mapping[Standing, str]
    dot: str
    bar: str
    rule: str


UNICODE = Symbols(
    standing={
        Standing.PASSED: "✓",
        Standing.FAILED: "✗",
        Standing.WARNING: "!",
        Standing.NOTE: "i",
        Standing.EXPECTED: "e",
        Standing.FLAKY: "~",
        Standing.INCONCLUSIVE: "?",
        Standing.SKIPPED: "-",
    },
    dot="·",
    bar="│",
    rule="─",
)
ASCII = Symbols(
    standing={**UNICODE.standing, Standing.PASSED: "+", Standing.FAILED: "x"},
    dot="|",
    bar="|",
    rule="-",
)


def symbols_for(encoding: str | None) -> Symbols:
    """``UNICODE`` where the stream can write it."""
    try:
        "✓✗·│─".encode(encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return ASCII
    return UNICODE


def wants_color(stream: TextIO, color: bool | None, environ: Mapping[str, str]) -> bool:
    """An option wins over NO_COLOR, which wins over FORCE_COLOR, which wins over the stream's kind.

    Both variables count when they are not empty (https://no-color.org, https://force-color.org).
    """
    if color is not None:
        return color
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR"):
        return True
    return is_terminal(stream, environ)


def is_terminal(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether lines can be redrawn."""
    try:
        return stream.isatty() and environ.get("TERM") not in ("dumb", "unknown")
    except ValueError:
        return False


def make_console(stream: TextIO, *, color: bool | None, width: int | None) -> Console:
    """A console that writes what it is given: no markup, no emoji codes, no guesses."""
    colored = wants_color(stream, color, os.environ)
    terminal = is_terminal(stream, os.environ)
    environ = bounded(os.environ)
    if width is None and not terminal and "COLUMNS" not in environ:
        width = PLAIN_WIDTH
    return Candid(
        file=cast(TextIO, Tolerant(stream, trim=not colored and not terminal)),
        force_terminal=colored or terminal,
        color_system="auto" if colored else None,
        width=width,
        theme=THEME,
        markup=False,
        emoji=False,
        highlight=False,
        soft_wrap=False,
        legacy_windows=False,
        _environ=environ,
    )


def bounded(environ: Mapping[str, str]) -> dict[str, str]:
    """``environ``, with a width and a height that make sense, or none."""
    found = dict(environ)
    for name, limits in (("COLUMNS", COLUMNS), ("LINES", LINES)):
        claimed = found.pop(name, "").lstrip("0")
        if claimed.isascii() and claimed.isdigit():
            # Nine digits are enough: Python refuses to read thousands of them.
            found[name] = str(_within(limits, int(claimed[:9])))
    return found


def _within(limits: tuple[int, int], n: int) -> int:
    return max(limits[0], min(n, limits[1]))


class Candid(Console):
    """A console that reports a closed pipe, instead of ending the program with status 1.

    Its size is within ``COLUMNS`` and ``LINES``, whatever the terminal claims.
    """

    @property
    def size(self) -> ConsoleDimensions:
        claimed = super().size
        return ConsoleDimensions(_within(COLUMNS, claimed.width), _within(LINES, claimed.height))

    @size.setter
    def size(self, new_size: tuple[int, int]) -> None:
        self.width, self.height = new_size

    def on_broken_pipe(self) -> None:
        raise  # the BrokenPipeError that is being handled: this is called by its handler


class Tolerant:
    """A stream that replaces what its encoding lacks, instead of raising.

    No line can be one that a CI system obeys.  This is the place for that, as long lines have been
    folded by now, and a fold may bring anything to the start of a line.

    ``trim``: without the spaces at the end of lines that fill a table's last column.
    """

    def __init__(self, stream: TextIO, *, trim: bool = False) -> None:
        self._stream = stream
        self._trim = trim
        self.encoding = stream.encoding or "utf-8"

    def write(self, text: str) -> int:
        if self._trim:
            text = _TRAILING.sub("", text)
        text = defused(text)
        return self._stream.write(text.encode(self.encoding, "replace").decode(self.encoding))

    def flush(self) -> None:
        self._stream.flush()

    def isatty(self) -> bool:
        return self._stream.isatty()

    def fileno(self) -> int:
        return self._stream.fileno()
