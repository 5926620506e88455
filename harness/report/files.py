"""Writing reports to files, whole or not at all."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TextIO

from harness.host.streams import silence
from harness.host.written import is_special, write_whole
from harness.report import ReportSpec, render, render_pages
from harness.report.comparison import Comparison
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


def prepare(spec: ReportSpec) -> None:
    """Make the folder, and raise ``OSError`` if the file could not be written there.

    A pipe without a reader is no error yet: the reader may come before the report is written.
    """
    if spec.to_stdout:
        return
    path = Path(spec.path)
    if spec.is_folder:
        path.mkdir(parents=True, exist_ok=True)
        if not os.access(path, os.W_OK):
            raise PermissionError(13, "Permission denied", spec.path)
        return
    if path.is_dir():
        raise IsADirectoryError(21, "Is a directory", spec.path)
    if is_special(path):
        needed = path
    else:
        needed = Path(os.path.realpath(path)).parent
        needed.mkdir(parents=True, exist_ok=True)
    if not os.access(needed, os.W_OK):
        raise PermissionError(13, "Permission denied", str(needed))


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
