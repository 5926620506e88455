"""Numbers that people read have commas from 1,000 on, wherever the text is made."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from harness.report.words import without_numbers

HARNESS = Path(__file__).parents[2] / "harness"
COUNTED = re.compile(
    r" (?:more |of )?(?:bytes?|connections?|sessions?|datagrams?|messages?|MiB|KiB)\b"
)
"""What stands behind a number that may be large."""
MAY_BE = re.compile(rf"[^,]}}({COUNTED.pattern})|offset {{")
"""In the files that are worth parsing."""
IN_WORDS = {"in_words", "listed", "join", "len", "min", "hexes", "shown", "name"}
"""Calls that give a text, or the number of a few things that were looked at."""


def bare(tree: ast.AST) -> Iterator[ast.FormattedValue]:
    """Parts of texts that look like numbers of something, and have no ``:,``."""
    for text in ast.walk(tree):
        if not isinstance(text, ast.JoinedStr):
            continue
        behind: ast.expr | None
        for part, before, behind in zip(
            text.values, [None, *text.values], [*text.values[1:], None], strict=False
        ):
            if not isinstance(part, ast.FormattedValue) or part.format_spec is not None:
                continue
            if COUNTED.match(_words(behind)) or _words(before).endswith("offset "):
                yield part


def _words(part: ast.expr | None) -> str:
    return part.value if isinstance(part, ast.Constant) and isinstance(part.value, str) else ""


def _is_text(part: ast.FormattedValue, source: str) -> bool:
    """Whether it is the outcome of a call that writes a text, or a name for one."""
    if isinstance(part.value, ast.Call):
        called = part.value.func
        name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
        return name in IN_WORDS
    return bool(re.search(rf"\b{re.escape(ast.unparse(part.value))} = (f?\"|\w+\()", source))


def test_a_number_of_something_has_commas() -> None:
    """4157547 cannot be read at a glance, and must not stand beside 4,157,547."""
    found = []
    for path in sorted(HARNESS.rglob("*.py")):
        source = path.read_text()
        if not MAY_BE.search(source):
            continue
        found += [
            f"{path.name}, line {part.lineno}: {{{ast.unparse(part.value)}}}"
            for part in bare(ast.parse(source))
            if not _is_text(part, source)
        ]
    assert found == []


def test_texts_that_differ_in_numbers_only() -> None:
    """A comma is a part of its number."""
    assert without_numbers("96 of 4,096 bytes, 1, 2") == without_numbers("1 of 12 bytes, 3, 4")
