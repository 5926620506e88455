"""Writing reports to files, whole or not at all."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

from harness.errors import UsageProblem
from harness.host.streams import silence
from harness.host.written import is_special, make_folder, write_whole
from harness.report import ReportSpec, render, render_pages
from harness.report.comparison import Comparison
from harness.report.sink import reason
from harness.values.events import Event, RunFinished, RunStarted
from harness.values.report import Report


class FileReporter:
    """Writes one report when the run is over.

    That the folder can be written to is found out when the run begins, not after it.
    """

    def __init__(self, spec: ReportSpec, stdout: TextIO | None = None) -> None:
        self.spec = spec
        self._stdout = stdout

    def __str__(self) -> str:
        return f"the report {self.spec}"

    def handle(self, event: Event) -> None:
        match event:
            case RunStarted():
                prepare(self.spec)
            case RunFinished(report=report):
                write(self.spec, report, self._stdout)

    def close(self) -> None:
        """Nothing is held open."""


def require(specs: Iterable[ReportSpec]) -> None:
    """Raise UsageProblem for a report that could not be written: before a run, not after it."""
    for spec in specs:
        try:
            prepare(spec)
        except OSError as error:
            raise UsageProblem(
                f"--report {spec} cannot be written: {reason(error)}.",
                "Name a file in a folder that you may write to.",
            ) from error


def prepare(spec: ReportSpec) -> None:
    """Make the folder, and raise ``OSError`` if the file could not be written there.

    A pipe without a reader is no error yet: the reader may come before the report is written.
    """
    if spec.to_stdout:
        return
    path = Path(spec.path)
    if spec.is_folder:
        make_folder(path)
        return
    if path.is_dir():
        raise IsADirectoryError(21, "Is a directory", spec.path)
    if is_special(path):
        if not os.access(path, os.W_OK):
            raise PermissionError(13, "Permission denied", spec.path)
        return
    make_folder(Path(os.path.realpath(path)).parent)


def write(spec: ReportSpec, report: Report | Comparison, stdout: TextIO | None = None) -> None:
    """Render and write.  Raises ``OSError``."""
    if spec.is_folder:
        prepare(spec)
        for name, page in render_pages(report).items():
            write_whole(Path(spec.path, name), page.encode("utf-8", "backslashreplace"))
        return
    text = render(spec.format, report)
    if not spec.to_stdout:
        prepare(spec)
        write_whole(Path(spec.path), text.encode("utf-8", "backslashreplace"))
        return
    stream = stdout or sys.stdout
    try:
        _print(stream, text)
    except OSError:
        silence(stream)
        raise


def _print(stream: TextIO, text: str) -> None:
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
    stream.flush()
