"""Two byte windows side by side, with the first difference marked.  Pure, and safe to print.

    same      1,016  8f 3a 11 90 c2 7e 05 4d   .:...~.M
    expected  1,024  9e 00 61 62 63 64 65 66   ..abcdef
    got       1,024  61 62 63 64 65 66 67 68   abcdefgh
                     ^^ first difference

The result is spans: pieces of text with a role.  Joined, they are the text above; a terminal or a
page gives each role its colour.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from harness.values.verdict import Finding

WIDE, NARROW = 16, 8
"""Bytes a row."""


class Role(enum.StrEnum):
    """What a piece of a line is, for colouring."""

    PLAIN = "plain"
    LABEL = "label"
    OFFSET = "offset"
    SAME = "same"
    EXPECTED = "expected"
    """A byte that was expected and did not come."""
    GOT = "got"
    """A byte that came instead."""
    MARK = "mark"


class Span(NamedTuple):
    role: Role
    text: str


Line = list[Span]


class Window(NamedTuple):
    """``at``: index of the first difference in both; the bytes before it are the same."""

    start: int
    expected: bytes
    got: bytes
    at: int


def window(finding: Finding) -> Window | None:
    """The window of ``finding``; None if it has none, or both sides are the same."""
    if finding.expected is None and finding.got is None:
        return None
    try:
        expected = bytes.fromhex(finding.expected or "")
        got = bytes.fromhex(finding.got or "")
    except ValueError:
        return None
    if expected == got:
        return None
    pairs = zip(expected, got, strict=False)
    shorter = min(len(expected), len(got))
    at = next((i for i, (a, b) in enumerate(pairs) if a != b), shorter)
    return Window(finding.window_start or 0, expected, got, at)


def lines(w: Window, per_row: int = WIDE) -> Iterator[Line]:
    """The rows; where both sides agree a row is shown once."""
    longest = max(len(w.expected), len(w.got))
    digits = len(f"{w.start + longest:,}")
    for low in range(0, max(longest, 1), per_row):
        high = low + per_row
        if w.expected[low:high] == w.got[low:high]:
            yield _row(w, "same", w.got, low, per_row, digits)
            continue
        marked = low <= w.at < high
        for label, data in (("expected", w.expected), ("got", w.got)):
            if marked or low < len(data):
                yield _row(w, label, data, low, per_row, digits)
        if marked:
            indent = len("expected") + 2 + digits + 2 + 3 * (w.at - low)
            yield [Span(Role.PLAIN, " " * indent), Span(Role.MARK, f"^^ {_remark(w)}")]


def text(finding: Finding, per_row: int = WIDE) -> str:
    """All lines as plain text; empty if there is nothing to show."""
    w = window(finding)
    if w is None:
        return ""
    return "\n".join("".join(s.text for s in line).rstrip() for line in lines(w, per_row))


def columns(w: Window, per_row: int) -> int:
    """How wide the lines are."""
    digits = len(f"{w.start + max(len(w.expected), len(w.got)):,}")
    return len("expected") + 2 + digits + 2 + 3 * per_row + 2 + per_row


def _row(w: Window, label: str, data: bytes, low: int, per_row: int, digits: int) -> Line:
    cells = range(low, min(low + per_row, len(data)))
    line = [
        Span(Role.LABEL, f"{label:<8}  "),
        Span(Role.OFFSET, f"{w.start + low:>{digits},}  "),
    ]
    runs = [(role, list(run)) for role, run in groupby(cells, lambda i: _role(w, label, i))]
    line += [Span(role, "".join(f"{data[i]:02x} " for i in run)) for role, run in runs]
    line.append(Span(Role.PLAIN, "   " * (per_row - len(cells)) + "  "))
    line += [Span(role, "".join(_character(data[i]) for i in run)) for role, run in runs]
    return line


def _role(w: Window, label: str, i: int) -> Role:
    alike = i < len(w.expected) and i < len(w.got) and w.expected[i] == w.got[i]
    return Role.SAME if alike else Role(label)


def _character(byte: int) -> str:
    return chr(byte) if 0x20 <= byte < 0x7F else "."


def _remark(w: Window) -> str:
    offset = w.start + w.at
    if w.at == len(w.got):
        return f"the reply ends here, at offset {offset:,}"
    if w.at == len(w.expected):
        return f"nothing more was expected, at offset {offset:,}"
    return f"first difference, at offset {offset:,}"
