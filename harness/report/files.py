"""Writing reports to files, whole or not at all."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from pathlib import Path
from typing import TextIO

from harness.events import Event, RunFinished, RunStarted
from harness.report import ReportSpec, render
from harness.report.comparison import Comparison
from harness.report.model import Report
from harness.report.sink import silence


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
    """Make the folder, and raise ``OSError`` if the file could not be written there."""
    if spec.to_stdout:
        return
    path = Path(spec.path)
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        raise IsADirectoryError(21, "Is a directory", spec.path)
    needed = path if path.exists() and not path.is_file() else path.parent
    if not os.access(needed, os.W_OK):
        raise PermissionError(13, "Permission denied", str(needed))


def write(spec: ReportSpec, report: Report | Comparison, stdout: TextIO | None = None) -> None:
    """Render and write.  Raises ``OSError``."""
    text = render(spec.format, report)
    if not spec.to_stdout:
        prepare(spec)
        write_file(Path(spec.path), text)
        return
    stream = stdout or sys.stdout
    try:
        _print(stream, text)
    except OSError:
        silence(stream)
        raise


def write_file(path: Path, text: str) -> None:
    """Replace ``path`` by a file with ``text``: a reader sees the old one or the new one.

    What is no regular file (a pipe, /dev/stderr) is written to as it is.
    """
    data = text.encode("utf-8", "backslashreplace")
    path = path.resolve()
    if path.exists() and not path.is_file():
        with path.open("wb") as stream:
            stream.write(data)
        return
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes(data)
        if path.exists():
            shutil.copymode(path, temporary)
        temporary.replace(path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()


def _print(stream: TextIO, text: str) -> None:
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
    stream.flush()
