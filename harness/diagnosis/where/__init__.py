"""Which line of the source a cause is about: where to look, never a proof.

Pure: from the text of a source file.  Where several lines could be meant, and nothing tells them
apart, it says nothing: to be wrong is worse.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from harness.diagnosis.languages import in_file
from harness.diagnosis.where import patterns, python

__all__ = ["mentioned", "mentions", "numbers", "point", "pointed"]

MOST_SOURCE = 200_000
"""Characters of a file that is looked at."""


def point(cause: str, source: str, language: str | None) -> tuple[int, str] | None:
    """(line number from 1, that line) in ``source`` for the cause with this id; None where no line
    is like it, or more than one."""
    found = _lines(cause, source, language)
    if len(found) != 1:
        return None
    number = found.pop()
    return number, source.split("\n")[number - 1].strip()


def pointed(
    cause: str, sources: Iterable[tuple[str, str]], command: Sequence[str]
) -> list[tuple[str, int, str]]:
    """(name, line number, that line) for each of ``sources`` (names and texts) of which one line is
    like the cause.  ``command`` tells the language of a file whose name does not."""
    found = ((name, point(cause, text, in_file(name, text, command))) for name, text in sources)
    return [(name, *at) for name, at in found if at is not None]


def mentions(cause: str, source: str, language: str | None) -> bool:
    """Whether any line of ``source`` could be the one that the cause with this id is about."""
    return bool(_lines(cause, source, language))


def mentioned(cause: str, sources: Iterable[tuple[str, str]], command: Sequence[str]) -> bool:
    """Whether a line of one of ``sources`` (names and texts) could be the one.  ``command`` tells
    the language of a file whose name does not."""
    return any(mentions(cause, text, in_file(name, text, command)) for name, text in sources)


def numbers(cause: str, source: str, language: str | None) -> list[int]:
    """The numbers of the lines that could be meant, from 1."""
    return sorted(_lines(cause, source, language))


def _lines(cause: str, source: str, language: str | None) -> set[int]:
    if len(source) > MOST_SOURCE:
        return set()
    look = python.lines if language == "python" else patterns.lines
    return set(look(cause, source, language or ""))
