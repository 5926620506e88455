"""The outputs of a run.  Every file format is a pure function from a report to text.

Nothing is imported here that only one format needs: the command line must start quickly.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec import Struct

from harness.errors import UsageProblem
from harness.text.nearest import nearest

if TYPE_CHECKING:
    from harness.report.comparison import Comparison
    from harness.values.report import Report

__all__ = ["FORMATS", "STDOUT", "ReportSpec", "parse_spec", "parse_specs", "render"]

FORMATS = {
    "json": "all of it, as data; read by 'echo-harness report'",
    "junit": "JUnit XML, for CI systems",
    "html": "one self-contained page; FOLDER/: a page for each target",
    "markdown": "a summary for a pull request or a step summary",
    "github": "workflow commands: annotations and a folded log",
    "badge": "a shields.io endpoint",
    "csv": "a table with a line for each target, for spreadsheets",
    "gradescope": "results.json of an autograder on Gradescope",
    "ctrf": "Common Test Report Format, JSON for dashboards",
    "tap": "Test Anything Protocol, version 14",
}
"""Name to purpose.  The module of the same name has ``render(report) -> str``, and
``render_all(comparison) -> str`` for several targets."""

STDOUT = "-"
"""As a file name: standard output."""
_STDOUT_TOO = ("/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")


class ReportSpec(Struct, frozen=True):
    """What to write, and where to."""

    format: str
    path: str

    def __str__(self) -> str:
        return f"{self.format}={self.path}"

    @property
    def is_folder(self) -> bool:
        """Whether it is several pages in a folder, ``html=FOLDER/``."""
        return self.format == "html" and self.path.endswith("/")

    @property
    def to_stdout(self) -> bool:
        return self.path == STDOUT

    @property
    def place(self) -> str:
        """The same for all names of the same file."""
        return self.path if self.to_stdout else os.path.realpath(self.path)


def parse_spec(text: str) -> ReportSpec:
    """``FORMAT=FILE`` as a value.  Raises ``UsageProblem``."""
    name, equals, path = text.partition("=")
    if name not in FORMATS:
        raise UsageProblem(f"--report {text}: no such format: {name!r}.", _nearest(name))
    if not path:
        what = "the file name is missing" if equals else "a file name is needed"
        raise UsageProblem(
            f"--report {text}: {what}.",
            f"Write {name}=FILE, or {name}={STDOUT} for standard output.",
        )
    if "\0" in path:
        raise UsageProblem(f"--report {text!r}: no file name has a NUL in it.", "Leave it out.")
    return ReportSpec(name, STDOUT if path in _STDOUT_TOO else path)


def parse_specs(texts: Iterable[str]) -> tuple[ReportSpec, ...]:
    """All the ``--report`` options of a command line; no two may go to the same place."""
    specs: dict[str, ReportSpec] = {}
    for spec in map(parse_spec, texts):
        if spec.place in specs:
            where = "standard output" if spec.to_stdout else spec.path
            raise UsageProblem(
                f"--report {specs[spec.place]} and --report {spec} both go to {where}.",
                "Give each a file of its own.",
            )
        specs[spec.place] = spec
    return tuple(specs.values())


def render(name: str, report: Report | Comparison) -> str:
    """``report`` in the format ``name``, ending in a newline."""
    from harness.report.comparison import Comparison
    from harness.text.clean import cleaned

    if name != "json":  # which has escapes of its own, and loses nothing
        report = cleaned(report)
    module = importlib.import_module(f"harness.report.{name}")
    made = module.render_all if isinstance(report, Comparison) else module.render
    text: str = made(report)
    return text


def render_pages(report: Report | Comparison) -> dict[str, str]:
    """``report`` as HTML in a folder: file name to page."""
    from harness.report import html
    from harness.report.comparison import Comparison
    from harness.text.clean import cleaned

    report = cleaned(report)
    if isinstance(report, Comparison):
        return html.pages(report)
    return {html.INDEX: html.render(report)}


def _nearest(name: str) -> str:
    known = f"The formats are {', '.join(FORMATS)}."
    aliases = {"xml": "junit", "md": "markdown", "htm": "html", "summary": "markdown"}
    found = name if name in aliases else nearest(name, [*FORMATS, *aliases], cutoff=0.6)
    return known if found is None else f"Did you mean {aliases.get(found, found)!r}? {known}"
