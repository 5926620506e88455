"""In which line of a TOML file each key stands; ``tomllib`` does not tell."""

from __future__ import annotations

import re
from collections.abc import Iterator

Path = tuple[str, ...]

_PART = r"""(?:"(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+)"""
_DOTTED = rf"{_PART}(?:\s*\.\s*{_PART})*"
_HEADER = re.compile(rf"^\s*\[\[?\s*({_DOTTED})\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(rf"^\s*({_DOTTED})\s*=(.*)$", re.DOTALL)
_TOKEN = re.compile(r'"""|\'\'\'|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'|#[^\n]*|[\[\]{}]')


def places(text: str) -> dict[Path, int]:
    """Key to line, from 1, of every table and every key that begins a line.

    ``text`` must be valid TOML.  Of what occurs twice (in arrays of tables) the first is told.
    """
    found: dict[Path, int] = {}
    table: Path = ()
    for number, line in _statements(text):
        if header := _HEADER.match(line):
            table = _split(header[1])
            found.setdefault(table, number)
        elif key := _KEY.match(line):
            found.setdefault((*table, *_split(key[1])), number)
    return found


def line_of(path: Path, found: dict[Path, int]) -> int:
    """The line of ``path``, or of the nearest table around it; 1 if there is none."""
    while path and path not in found:
        path = path[:-1]
    return found.get(path, 1)


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Line number and text of each statement; values may stretch over several lines."""
    held: list[str] = []
    first = 1
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        if not held:
            first = number
        held.append(line)
        statement = "".join(held)
        if _HEADER.match(statement) or not _is_open(statement):
            yield first, statement.rstrip("\n")
            held = []


def _is_open(statement: str) -> bool:
    """Whether a string or an array goes on in the next line."""
    depth, quote = 0, ""
    for token in _TOKEN.findall(statement):
        if token in ('"""', "'''"):
            quote = "" if quote == token else quote or token
        elif not quote and token in "[{":
            depth += 1
        elif not quote and token in "]}":
            depth -= 1
    return depth > 0 or bool(quote)


def _split(dotted: str) -> Path:
    return tuple(part.strip("\"'") for part in re.findall(_PART, dotted))
