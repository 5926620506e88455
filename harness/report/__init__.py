"""The outputs of a run.  Every file format is a pure function from a report to text.

Nothing is imported here that only one format needs: the command line must start quickly.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec import Struct

from harness.errors import UsageProblem
from harness.nearest import nearest

if TYPE_CHECKING:
    from harness.report.model import Report

__all__ = ["FORMATS", "STDOUT", "ReportSpec", "parse_spec", "parse_specs", "render"]

FORMATS = {
    "json": "all of it, as data; read by 'echo-harness report'",
    "junit": "JUnit XML, for CI systems",
    "html": "one self-contained page",
    "markdown": "a summary for a pull request or a step summary",
    "github": "workflow commands: annotations and a folded log",
    "badge": "a shields.io endpoint",
}
"""Name to purpose.  The module of the same name has ``render(report) -> str``."""

STDOUT = "-"
"""As a file name: standard output."""


class ReportSpec(Struct, frozen=True):
    """What to write, and where to."""

    format: str
    path: str

    def __str__(self) -> str:
        return f"{self.format}={self.path}"

    @property
    def to_stdout(self) -> bool:
        return self.path == STDOUT


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
    return ReportSpec(name, path)


def parse_specs(texts: Iterable[str]) -> tuple[ReportSpec, ...]:
    """All the ``--report`` options of a command line; no two may go to the same place."""
    specs: dict[str, ReportSpec] = {}
    for spec in map(parse_spec, texts):
        if spec.path in specs:
            where = "standard output" if spec.to_stdout else spec.path
            raise UsageProblem(
                f"--report {specs[spec.path]} and --report {spec} both go to {where}.",
                "Give each a file of its own.",
            )
        specs[spec.path] = spec
    return tuple(specs.values())


def render(name: str, report: Report) -> str:
    """``report`` in the format ``name``, ending in a newline."""
    text: str = importlib.import_module(f"harness.report.{name}").render(report)
    return text


def _nearest(name: str) -> str:
    known = f"The formats are {', '.join(FORMATS)}."
    aliases = {"xml": "junit", "md": "markdown", "htm": "html", "summary": "markdown"}
    found = name if name in aliases else nearest(name, [*FORMATS, *aliases], cutoff=0.6)
    return known if found is None else f"Did you mean {aliases.get(found, found)!r}? {known}"
