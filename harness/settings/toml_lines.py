"""In which line of a TOML file each key stands; ``tomllib`` does not tell."""

from __future__ import annotations

import re
from collections.abc import Iterator

Path = tuple[str, ...]

_PART = r"""(?:"(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+)"""
_DOTTED = rf"{_PART}(?:\s*\.\s*{_PART})*"
_HEADER = re.compile(rf"^\s*\[\[?\s*({_DOTTED})\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(rf"^\s*({_DOTTED})\s*=")
_TOKEN = re.compile(r'"""|\'\'\'|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'|#[^\n]*|[\[\]{}]')
_ENDS = {
    '"""': re.compile(r'(?:[^"\\]|\\.|\\$|"(?!""))*"{3,5}'),
    "'''": re.compile(r"(?:[^']|'(?!''))*'{3,5}"),
}
"""For each kind of long string: the part of a line up to the end of the string."""
_NOTHING = (0, "")


def places(text: str) -> dict[Path, int]:
    """Key to line, from 1, of every table and every key that begins a line.

    ``text`` must be valid TOML.  Where a key occurs twice (in arrays of tables), it is the first
    line.
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
    """Line number and first line of each statement; values may stretch over several lines."""
    still_open = _NOTHING
    for number, line in enumerate(text.split("\n"), 1):  # TOML has no other line end
        if still_open == _NOTHING:
            yield number, line
            if _HEADER.match(line):
                continue
        still_open = _open_after(line, *still_open)


def _open_after(line: str, depth: int, quote: str) -> tuple[int, str]:
    """The brackets and the kind of quote that are open at the end of ``line``."""
    at = 0
    while True:
        if quote:
            end = _ENDS[quote].match(line, at)
            if end is None:
                return depth, quote
            at, quote = end.end(), ""
        token = _TOKEN.search(line, at)
        if token is None:
            return depth, quote
        at = token.end()
        if token[0] in _ENDS:
            quote = token[0]
        elif token[0] in "[{":
            depth += 1
        elif token[0] in "]}":
            depth -= 1


def _split(dotted: str) -> Path:
    return tuple(part.strip("\"'") for part in re.findall(_PART, dotted))
