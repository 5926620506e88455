"""Handing events to reporters: one that fails is dropped, and the others go on."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterable
from typing import Protocol

from harness.host.streams import silence
from harness.text.clean import shown
from harness.values.events import Event


class Reporter(Protocol):
    """Consumes events.  ``str(reporter)`` names it in messages.

    It may raise whatever it likes: it is then dropped, and the run goes on.
    """

    def handle(self, event: Event) -> None: ...

    def close(self) -> None:
        """Give back what it holds (a live display, a file); called once, also after a failure."""


class Dispatcher:
    """Hands each event to every reporter that still works."""

    def __init__(self, reporters: Iterable[Reporter]) -> None:
        self._reporters = list(reporters)
        self.failed: list[str] = []
        """One line for each reporter that was dropped."""

    def handle(self, event: Event) -> None:
        for reporter in list(self._reporters):
            try:
                reporter.handle(event)
            except Exception as error:
                self._reporters.remove(reporter)
                with contextlib.suppress(Exception):
                    reporter.close()
                self._tell(reporter, error)

    def close(self) -> None:
        for reporter in self._reporters:
            try:
                reporter.close()
            except Exception as error:
                self._tell(reporter, error)
        self._reporters.clear()

    def _tell(self, reporter: Reporter, error: Exception) -> None:
        line = f"echo-harness: {reporter} is given up: {reason(error)}"
        self.failed.append(line)
        tell(line)


def tell(line: str) -> None:
    """Print one line on standard error, made safe since a part of it may be from outside."""
    try:
        print(shown(line), file=sys.stderr, flush=True)
    except (OSError, ValueError):
        silence(sys.stderr)


def reason(error: Exception) -> str:
    """What went wrong, in one line, and where."""
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror}"
    first = str(error).partition("\n")[0]
    return f"{type(error).__name__}: {first}" if first else type(error).__name__
